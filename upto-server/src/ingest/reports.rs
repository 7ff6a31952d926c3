//! What services say of themselves, on its way to who watches them.

use upto::wire::Batch;

use super::{Ingest, Refusal};
use crate::watch::heartbeat::Change;
use crate::watch::{Haste, Report, Step, Ticket};

/// What became of what services said.
#[derive(Debug, Default)]
pub(super) struct Reported {
    tickets: Vec<Ticket>,
    /// The number of the last line of the journal.
    line: Option<u64>,
}

impl Ingest {
    /// Reads the batch's reports.
    ///
    /// # Errors
    /// What is wrong first.
    pub(super) fn read_reports(&self, batch: &Batch<'_>) -> Result<Vec<Report>, Refusal> {
        let reports = batch.reports.iter().map(|message| Report::of(message, batch).map_err(Refusal::from));
        reports.collect()
    }

    /// Takes all of them, or none.
    pub(super) fn take_reports(&self, reports: Vec<Report>) -> Result<Reported, Refusal> {
        let mut reported = Reported::default();
        if reports.is_empty() {
            return Ok(reported);
        }
        let Some(watch) = &self.watch else { return Err(Refusal::Reports("nobody watches services here")) };
        if watch.is_full_for(&reports) {
            return Err(Refusal::Reports("there are too many heartbeats already; forget some"));
        }
        if !watch.has_room_for(&reports) {
            return Err(Refusal::Behind);
        }
        self.metrics.count_messages(reports.iter().map(Report::kind));
        for report in reports {
            match report {
                Report::Change(key, change) => {
                    let ends = change == Change::Cancel && !key.run.is_empty();
                    let (ticket, _) = watch.take(&key, Step::Change(change), Haste::Whenever);
                    reported.tickets.push(if ends {
                        watch.take(&key, Step::Forget, Haste::Soon).0
                    } else {
                        ticket
                    });
                }
                Report::Line { service, level, message, alert: true } => {
                    reported.tickets.push(watch.alert(service, level, message, Haste::Soon));
                }
                Report::Line { service, level, message, alert: false } => {
                    reported.line = watch.journal().add(&service, level, &message, false).or(reported.line);
                }
            }
        }
        Ok(reported)
    }

    /// Waits until they are durable.
    pub(super) async fn reports_stored(&self, reported: &Reported) {
        let Some(watch) = &self.watch else { return };
        reported.tickets.iter().for_each(|ticket| watch.hurry(*ticket));
        for ticket in &reported.tickets {
            watch.stored(*ticket).await;
        }
        if let Some(line) = reported.line {
            watch.journal().stored(line).await;
        }
    }
}
