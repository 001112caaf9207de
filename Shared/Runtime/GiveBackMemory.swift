import CLinux

/// Gives what lies free in the allocator back to the system. For after something that was large and is over: by itself
/// the allocator keeps all but the end of each of its heaps. Takes a few milliseconds for a few hundred megabytes.
package func giveBackMemory() { malloc_trim(0) }
