"""Windows: a job object that bounds the reading child. Elsewhere nothing here is used.

Written from the documented structures of SetInformationJobObject (JOBOBJECT_EXTENDED_LIMIT_INFORMATION).
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_EXTENDED_LIMIT_INFORMATION = 9
_LIMIT_ACTIVE_PROCESS = 0x0008
_LIMIT_PROCESS_TIME = 0x0002
_LIMIT_PROCESS_MEMORY = 0x0100
_LIMIT_DIE_ON_UNHANDLED_EXCEPTION = 0x0400
_LIMIT_KILL_ON_JOB_CLOSE = 0x2000
_TICKS_A_SECOND = 10_000_000


class _Basic(ctypes.Structure):
    _fields_ = (
        ("per_process_user_time_limit", ctypes.c_int64),
        ("per_job_user_time_limit", ctypes.c_int64),
        ("limit_flags", ctypes.c_uint32),
        ("minimum_working_set_size", ctypes.c_size_t),
        ("maximum_working_set_size", ctypes.c_size_t),
        ("active_process_limit", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
    )


class _Extended(ctypes.Structure):
    _fields_ = (
        ("basic", _Basic),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory_limit", ctypes.c_size_t),
        ("job_memory_limit", ctypes.c_size_t),
        ("peak_process_memory_used", ctypes.c_size_t),
        ("peak_job_memory_used", ctypes.c_size_t),
    )


def bind(process_handle: int, memory_bytes: int, seconds: int) -> Any:
    """Puts a running process into a job with these bounds; keep the result until it ended, then `close` it.

    Returns None where the system refuses (a stricter job around us): the parent's clock remains.
    """
    if sys.platform != "win32":
        return None
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    job = kernel.CreateJobObjectW(None, None)
    if not job:
        return None
    limits = _Extended()
    limits.basic.limit_flags = (
        _LIMIT_ACTIVE_PROCESS
        | _LIMIT_PROCESS_TIME
        | _LIMIT_PROCESS_MEMORY
        | _LIMIT_DIE_ON_UNHANDLED_EXCEPTION
        | _LIMIT_KILL_ON_JOB_CLOSE
    )
    limits.basic.active_process_limit = 1
    limits.basic.per_process_user_time_limit = seconds * _TICKS_A_SECOND
    limits.process_memory_limit = memory_bytes
    is_bound = kernel.SetInformationJobObject(
        ctypes.c_void_p(job), _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
    ) and kernel.AssignProcessToJobObject(ctypes.c_void_p(job), ctypes.c_void_p(process_handle))
    if not is_bound:
        close(job)
        return None
    return job


def close(job: Any) -> None:
    """Closes the job; a process still in it dies."""
    if job is not None and sys.platform == "win32":
        ctypes.WinDLL("kernel32").CloseHandle(ctypes.c_void_p(job))
