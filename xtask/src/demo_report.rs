//! What the demo says of itself in its last line, and what of it must be so.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    status: String,
    payments: Payments,
    ledger_duplicates: u64,
}

#[derive(Deserialize)]
struct Payments {
    received: u64,
    created: u64,
    rejected: u64,
}

pub(crate) fn check(output: &str) -> Result<(), String> {
    let line = output.trim_end().lines().next_back().unwrap_or_default();
    let report: Report = serde_json::from_str(line)
        .map_err(|error| format!("the last line is no report ({error}): {line}"))?;
    if report.status != "Succeeded" {
        return Err(format!("ended {}, not Succeeded", report.status));
    }
    if report.ledger_duplicates != 0 {
        return Err(format!("{} payments were made twice", report.ledger_duplicates));
    }
    let Payments { received, created, rejected } = report.payments;
    if received == 0 || created + rejected != received {
        return Err(format!("{received} received, but {created} created and {rejected} rejected"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(status: &str, created: u64, duplicates: u64) -> String {
        format!(
            "started\n{{\"status\":\"{status}\",\"payments\":{{\"received\":10,\
             \"created\":{created},\"rejected\":1}},\"ledgerDuplicates\":{duplicates}}}\n"
        )
    }

    #[test]
    fn a_good_report_passes() {
        assert_eq!(check(&report("Succeeded", 9, 0)), Ok(()));
    }

    #[test]
    fn a_bad_report_fails() {
        for bad in [report("Failed", 9, 0), report("Succeeded", 9, 1), report("Succeeded", 8, 0)] {
            assert!(check(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_report_fails() {
        assert!(check("").is_err());
        assert!(check("{\"status\":\"Succeeded\"}\n").is_err());
        assert!(check(&format!("{}done\n", report("Succeeded", 9, 0))).is_err());
    }
}
