use std::future::Future;

/// Runs clean-up work from a `drop` and waits for it. Uses a separate thread, because the test's runtime
/// may have ended or be single-threaded. A failure is ignored: the data directory of the test servers
/// is deleted later.
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
