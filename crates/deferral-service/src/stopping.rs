//! Signals, on a thread of their own: handlers that block the threads of the runtime must keep a
//! process neither from hearing that it is to stop, nor from stopping.

use std::io::Result;
use std::thread::Builder;
use std::time::Duration;

use deferral_core::JobId;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// As shells tell of a program that was interrupted.
const AT_ONCE: i32 = 130;
/// Its end was not as it should be.
const BLOCKED: i32 = 1;

/// SIGTERM and Ctrl-C.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Resolves at the first SIGTERM or Ctrl-C. A second one ends the process at once, and so does
/// `limit`: the jobs that `running` names then hold it up.
pub(crate) fn stopped(
    limit: Duration,
    running: impl Fn() -> Vec<JobId> + Send + 'static,
) -> Result<impl Future<Output = ()> + Send> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _of_this_runtime = runtime.enter();
        Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        }
    };
    let (tell, mut told) = watch::channel(false);
    let listen = async move {
        signals.next().await;
        tracing::info!("Stops; once more stops at once");
        tell.send_replace(true);
        tokio::select! {
            // State is safe at any point: what was in flight is taken over.
            () = signals.next() => std::process::exit(AT_ONCE),
            () = tokio::time::sleep(limit) => {
                let jobs = running();
                tracing::error!(?jobs, "Did not stop in time; ends without waiting for these jobs");
                std::process::exit(BLOCKED);
            }
        }
    };
    Builder::new().name("deferral-stop".to_owned()).spawn(move || runtime.block_on(listen))?;
    Ok(async move {
        let _told = told.wait_for(|told| *told).await;
    })
}
