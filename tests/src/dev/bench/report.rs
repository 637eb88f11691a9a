//! The table of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use super::platform::Calls;

/// One measure beside its floor.
#[derive(Debug)]
pub struct Row {
    /// What is measured.
    pub measure: &'static str,
    /// How long it took with Berth.
    pub ours: Duration,
    /// How long it took without.
    pub floor: Duration,
    /// The ratio that is still good.
    pub goal: f64,
}

/// Everything a run found.
#[derive(Debug)]
pub struct Report {
    /// The objects of one environment by kind.
    pub objects: BTreeMap<String, usize>,
    /// How many single environments the first row is the median of.
    pub singles: usize,
    /// How many environments the second row has.
    pub at_once: usize,
    /// The table.
    pub rows: Vec<Row>,
    /// The calls of the second row by verb.
    pub calls: Calls,
    /// Resident memory in KiB: idle, and at the end.
    pub resident: (u64, u64),
}

impl Report {
    /// As text.
    pub fn lines(&self) -> Vec<String> {
        let Self {
            objects,
            singles,
            at_once,
            rows,
            calls,
            resident: (idle, end),
        } = self;
        let count: usize = objects.values().sum();
        let kinds: Vec<_> = objects.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let mut lines = vec![
            String::new(),
            format!("one environment is {count} objects: {}", kinds.join(", ")),
            format!(
                "the floor is a bare client that applies the same objects at once; {singles} single runs, the median"
            ),
            String::new(),
            format!(
                "{:<46} {:>10} {:>10} {:>8} {:>8}",
                "measure", "Berth", "floor", "ratio", "goal"
            ),
        ];
        for row in rows {
            let ratio = row.ours.as_secs_f64() / row.floor.as_secs_f64();
            let verdict = if ratio <= row.goal { "pass" } else { "short" };
            let many = if row.measure.starts_with("environments at once") {
                format!("{at_once} ")
            } else {
                String::new()
            };
            lines.push(format!(
                "{:<46} {:>8.3} s {:>8.3} s {ratio:>8.2} {:>8} {verdict}",
                format!("{many}{}", row.measure),
                row.ours.as_secs_f64(),
                row.floor.as_secs_f64(),
                format!("≤ {:.1}", row.goal),
            ));
            if !many.is_empty() {
                let rate = |time: Duration| f64::from(u32::try_from(*at_once).unwrap_or(u32::MAX)) / time.as_secs_f64();
                lines.push(format!(
                    "{:<46} {:>8.1}/s {:>8.1}/s",
                    "  environments per second",
                    rate(row.ours),
                    rate(row.floor)
                ));
            }
        }
        let total: u64 = calls.values().sum();
        let verbs: Vec<_> = calls.iter().map(|(verb, count)| format!("{verb} {count}")).collect();
        lines.extend([
            String::new(),
            format!(
                "calls to the API server for the {at_once}: {} ({:.1} each, {count} objects each)",
                verbs.join(", "),
                f64::from(u32::try_from(total).unwrap_or(u32::MAX))
                    / f64::from(u32::try_from(*at_once).unwrap_or(u32::MAX))
            ),
            format!(
                "resident memory: {:.1} MiB idle, {:.1} MiB at the end",
                mebibytes(*idle),
                mebibytes(*end)
            ),
        ]);
        lines
    }
}

fn mebibytes(kibibytes: u64) -> f64 {
    f64::from(u32::try_from(kibibytes).unwrap_or(u32::MAX)) / 1024.0
}
