//! How the process' memory is given back.

/// No piece of memory that is larger is part of a heap.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 1 << 20;

/// Has the allocator ask the system for each large piece of memory, give it back when it is free, and keep all others
/// in one heap.
///
/// By default glibc has a heap for each thread, and what counts as large grows to 32 MiB (mallopt(3)): messages and
/// jobs then lie among small things, and the holes they leave stay with the process. Other allocators are left as they
/// are.
#[allow(unsafe_code)]
pub(crate) fn return_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes numbers, and a lock of its own.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
