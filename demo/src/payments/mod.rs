//! Mass payments: a file of a thousand lines through its whole life, against a back office that
//! loses answers.

mod api;
mod cast;
mod office;
mod report;
mod story;
mod watch;

use std::time::Instant;

use crate::args::Options;
use crate::error::Error;
use crate::output;

use self::cast::Cast;
use self::report::Report;

/// Tells the story; an error unless all is as it should be.
pub(crate) async fn tell(options: &Options) -> Result<(), Error> {
    let cast = Cast::start(options).await?;
    let started = Instant::now();
    let told = async {
        let end = story::play(&cast, options.json).await?;
        let ledger = cast.office.ledger().await?;
        let survived = cast.office.misbehavior().await?;
        Ok::<_, Error>(Report::new(&end, &ledger, survived, options.misbehave, started.elapsed()))
    };
    let report = match told.await {
        Ok(report) => report,
        Err(error) => {
            cast.stop().await;
            return Err(error);
        }
    };
    if !options.json {
        output::line(&report.table());
        output::line(&cast.where_to_look(&report.operation));
    }
    if !options.exit {
        output::line("Serving on until Ctrl-C.");
        // Without a signal handler there is nothing to wait for.
        let _no_handler = tokio::signal::ctrl_c().await;
    }
    cast.stop().await;
    if options.json {
        output::line(&report.json());
    }
    report.verdict()
}
