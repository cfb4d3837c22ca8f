//! Whether there is a table that takes jobs.

use super::Que;
use crate::{
    check::{Report, Stop},
    delivery::Delivery,
};

const POSTGRESQL: &str = "que.postgresql";

/// The checks that there are.
pub(in crate::delivery) const NAMES: [&str; 1] = [POSTGRESQL];

/// Looks at the server and its table.
pub(in crate::delivery) async fn run(que: &Que, report: &mut Report) -> Result<(), Stop> {
    match que.reachable().await {
        Ok(()) => {
            report.yes(POSTGRESQL, "connected; table que_jobs is there with all that a job needs");
            Ok(())
        }
        Err(error) => {
            let text = error.to_string();
            let advice = if text.contains("que_jobs") {
                "run Que's migrations, or check database and username, and the rights of that user (GRANT INSERT)"
            } else if text.contains("28P01") || text.contains("28000") {
                "check username, password and database of delivery_options, and the server's pg_hba.conf"
            } else {
                "check host, port and database of delivery_options, and whether the server runs and may be reached"
            };
            Err(report.no(POSTGRESQL, text, advice))
        }
    }
}
