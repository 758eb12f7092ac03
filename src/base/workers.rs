//! Work that is shared by several threads.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, ScopedJoinHandle};

/// Runs `work` on `threads` threads, including the calling thread, and returns the result of each.
///
/// If the system cannot start a thread, fewer run. A panic of a thread is raised again in the calling thread.
pub(crate) fn on_threads<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let spawned = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, &work).ok());
        let others: Vec<ScopedJoinHandle<'_, T>> = spawned.collect();
        let own = work();
        let joined = others
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(own).chain(joined).collect()
    })
}

/// Locks a mutex, even if a thread panicked while it held it: [`on_threads`] raises that panic again.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{lock, on_threads};
    use std::sync::Mutex;

    #[test]
    fn every_thread_works_and_none_is_forgotten() {
        let queue = Mutex::new(0..1_000_u64);
        let sums = on_threads(3, || std::iter::from_fn(|| lock(&queue).next()).sum::<u64>());
        assert_eq!((sums.len(), sums.iter().sum::<u64>()), (3, 499_500));
        assert_eq!(on_threads(0, || 1), [1]);
    }

    #[test]
    #[should_panic(expected = "of one thread")]
    fn a_panic_of_one_thread_is_passed_on() {
        let first = Mutex::new(true);
        on_threads(2, || {
            let first = std::mem::take(&mut *lock(&first));
            assert!(!first, "of one thread");
        });
    }
}
