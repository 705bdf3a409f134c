"""Run by test_distributed.py under torchrun, two processes: every case, and what is saved of it.

Argument: the folder for the results.
"""

import sys
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_optimizer_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from tests.gpu.bitwise import identical
from tests.gpu.planted_in_processes import DISTRIBUTED
from tests.gpu.sharded_models import CASES, STEPS, Linear, Training, whole


def replicated(ranks=None, shared=False, **options):
    """Return the training; shared: whether gradients are views of the memory that is reduced."""
    model = Linear()
    wrapped = DistributedDataParallel(model, gradient_as_bucket_view=shared)
    return Training(wrapped, [model.first, model.second], ranks or (dist.get_rank(),), **options)


def sharded(**options):
    model = Linear()
    for layer in (model.first, model.second):
        fully_shard(layer)
    # Resharded after each forward pass, so that a trial without a backward pass does not leave old values behind.
    fully_shard(model, reshard_after_forward=True)
    return Training(model, [model.first, model.second], (dist.get_rank(),), **options)


def spoil(training):
    """Make gradients of which one number, seen by process 0 only, is wrong."""
    if isinstance(training.model, DistributedDataParallel):
        loss = training.loss()
        (loss * torch.nan if dist.get_rank() == 0 else loss).backward()
        return
    training.closure()
    if dist.get_rank() == 0:
        # Element 0 of the first parameter lies on process 0.
        training.parameters[0].grad.to_local()[0, 0] = torch.nan


def refused(training):
    """Return whether one wrong number on one process stops all of them."""
    before = training.run(1).outcome()
    spoil(training)
    training.optimizer.step()
    after = training.outcome()
    counts = [int(group.pop("refused")) for group in after["groups"]]
    for group in before["groups"]:
        group.pop("refused")
    return counts == [1, 1] and identical(before, after)


def message_of(training, spoiled=False):
    """Return what a step complains about."""
    try:
        if spoiled:
            spoil(training)
            training.optimizer.step()
        else:
            training.run(1)
    except (NotImplementedError, RuntimeError) as error:
        return str(error)
    return ""


def resumed(case, saving, loading=None):
    """Return where a sharded run arrives that is saved and loaded in the middle, and whether weights kept still."""
    training = sharded(**case).run(STEPS)
    state = get_optimizer_state_dict(training.model, training.optimizer, options=saving)
    fresh = sharded(**case)
    fresh.number = training.number
    with torch.no_grad():
        for target, source in zip(fresh.parameters, training.parameters, strict=True):
            target.copy_(source)
    before = [whole(parameter) for parameter in fresh.parameters]
    set_optimizer_state_dict(fresh.model, fresh.optimizer, state, options=loading or saving)
    still = identical(before, [whole(parameter) for parameter in fresh.parameters])
    return fresh.run(STEPS).outcome(), still, state


def through_files(folder, case):
    """Return where a run arrives that is saved to files by every process, and loaded from them."""
    training = sharded(**case).run(STEPS)
    dcp.save(
        {"optimizer": get_optimizer_state_dict(training.model, training.optimizer)}, checkpoint_id=folder
    )
    fresh = sharded(**case)
    fresh.number = training.number
    with torch.no_grad():
        for target, source in zip(fresh.parameters, training.parameters, strict=True):
            target.copy_(source)
    # Asks for the state of an optimizer that has made no step: torch makes one with lr = 0 and gradients of zero.
    before = [whole(parameter) for parameter in fresh.parameters]
    state = {"optimizer": get_optimizer_state_dict(fresh.model, fresh.optimizer)}
    still = identical(before, [whole(parameter) for parameter in fresh.parameters])
    dcp.load(state, checkpoint_id=folder)
    set_optimizer_state_dict(fresh.model, fresh.optimizer, state["optimizer"])
    return fresh.run(STEPS).outcome(), still, None


def results(folder, wanted=None, **chosen):
    """Return what the runs arrive at.

    wanted: names of results, all of them for None; chosen: what every run shares, such as an optimizer.
    """
    cases = {name: case | chosen for name, case in CASES.items()}
    tested, cooling = cases["block of blocks"], cases["schedule compounding"]
    # Both processes see the same, so that the mean of two equal gradients is exact whatever they are.
    makers = {
        "shared memory": lambda: replicated((0,), True, curved=True, **tested).run(STEPS).outcome(),
        "sharded / without gradients": lambda: sharded(**tested).run(STEPS, without_gradients=True).outcome(),
        "refused / replicated": lambda: refused(replicated(**chosen)),
        "refused / sharded": lambda: refused(sharded(**chosen)),
        "message / exact": lambda: message_of(sharded(acceptance="exact", **chosen)),
        "message / raise": lambda: message_of(sharded(on_nonfinite="raise", **chosen), spoiled=True),
    }
    for name, case in cases.items():
        makers[f"replicated / {name}"] = lambda case=case: replicated(**case).run(STEPS).outcome()
        makers[f"sharded / {name}"] = lambda case=case: sharded(**case).run(STEPS).outcome()
    # Process 0 gets the whole state and hands it round.
    full = StateDictOptions(full_state_dict=True, cpu_offload=True)
    handed = StateDictOptions(full_state_dict=True, broadcast_from_rank0=True)
    flat = StateDictOptions(flatten_optimizer_state_dict=True)
    tensor_lr = {"lr": torch.tensor(0.01), "acceptance": "block"} | chosen
    ways = {
        "full": lambda: resumed(cooling, full, handed),
        "sharded": lambda: resumed(cooling, StateDictOptions()),
        "flat": lambda: resumed(cooling, flat),
        "files": lambda: through_files(folder / "checkpoint", cooling),
        "tensor lr": lambda: resumed(tensor_lr, StateDictOptions()),
    }
    for way, resume in ways.items():
        makers[f"way / {way}"] = resume
    found = {name: make() for name, make in makers.items() if wanted is None or name in wanted}
    for way in ways:
        if f"way / {way}" in found:
            found[f"resumed / {way}"], found[f"still / {way}"], state = found.pop(f"way / {way}")
            if way == "full":
                found["state / full"] = state
    return found


def planted_results(folder):
    """Return the results that are wanted of each planted optimizer."""
    wanted = {}
    for control in DISTRIBUTED:
        wanted.setdefault(control.optimizer_class, set()).update(control.results)
    return {
        optimizer_class.__name__: results(folder, names, optimizer_class=optimizer_class)
        for optimizer_class, names in wanted.items()
    }


if __name__ == "__main__":
    dist.init_process_group("gloo")
    target = Path(sys.argv[1])
    found = {"DFGDA": results(target)} | planted_results(target)
    torch.save(found, target / f"process{dist.get_rank()}.pt")
    dist.barrier()
    dist.destroy_process_group()
