use std::future::Future;

/// Cleans up and waits for it, from a `drop`. On a thread of its own, since the test's runtime may
/// be gone or single-threaded. What fails is left over until the test servers' data folder goes.
pub(crate) fn at_drop(work: impl Future<Output = ()> + Send + 'static) {
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(work);
        Ok::<_, std::io::Error>(())
    });
    let _ = done.join();
}
