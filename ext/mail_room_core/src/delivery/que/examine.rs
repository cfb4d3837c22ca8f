//! Whether there is a table that takes jobs.

use super::{Que, Trouble};
use crate::check::{Report, Stop};

const POSTGRESQL: &str = "que.postgresql";

/// The checks that there are.
pub(in crate::delivery) const NAMES: [&str; 1] = [POSTGRESQL];

/// Looks at the server and its table.
pub(in crate::delivery) async fn run(que: &Que, report: &mut Report) -> Result<(), Stop> {
    let Err(trouble) = que.look().await else {
        report.yes(POSTGRESQL, "connected; table que_jobs is there with all that a job needs");
        return Ok(());
    };
    let advice = match &trouble {
        Trouble::Table(_) => {
            "run Que's migrations, or check database and username, and the rights of that user (GRANT INSERT)"
        }
        // Invalid authorization, no such database, no right to connect (PostgreSQL documentation, appendix A).
        Trouble::Server(failure) if matches!(failure.code(), "28000" | "28P01" | "3D000" | "42501") => {
            "check username, password and database of delivery_options, and the server's pg_hba.conf"
        }
        Trouble::Server(_) => {
            "check host, port and database of delivery_options, and whether the server runs and may be reached"
        }
    };
    Err(report.no(POSTGRESQL, trouble.reason(), advice))
}
