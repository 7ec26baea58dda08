//! Every status of an operation at every stage, and what is shown then.

use deferral::core::{Attention, Ending, Gate, Kind};
use deferral::prelude::*;
use serde_json::json;

use super::{MassPaymentStatus, MassPaymentView};
use crate::stage;

const NOW: Timestamp = Timestamp::from_micros(1_795_348_800_000_000);

fn operation(status: Status, stage: Option<&str>) -> Operation {
    let id = OperationId::new(NOW, [7; 10]);
    let kind = Kind::new("mass_payment.create").unwrap();
    let mut operation = Operation::accepted(id, Tenant::default(), kind, NOW);
    operation.correlation = Some("payroll".into());
    operation.status = status;
    operation.stage = stage.map(str::to_owned);
    operation
}

fn held() -> Operation {
    let mut operation = operation(Status::AwaitingConfirmation, Some(stage::PROCESSED));
    let next: NewJob = serde_json::from_value(json!({
        "id": operation.id, "tenant": "default", "operation": operation.id,
        "kind": "mass_payment.confirm", "version": 1,
        "input": deferral::core::Payload::new(b"{}".to_vec()),
        "queue": "high", "priority": 100, "due": "Now", "stage": null, "trace": null,
    }))
    .unwrap();
    operation.error_count = 37;
    operation.progress =
        Some(Progress { completed: 1_000, failed: 37, total: Some(1_000), message: None });
    operation.gate =
        Some(Gate::new("Go on?", next).requires(json!({"accept_errors": true})).opened(NOW));
    operation
}

fn view(operation: &Operation) -> MassPaymentView {
    MassPaymentView::of(operation, |path| format!("https://api.example{path}"))
}

#[test]
fn while_it_is_worked_on_the_stage_says_where_it_stands() {
    let words = [
        (None, MassPaymentStatus::QueuedForProcessing),
        (Some(stage::QUEUED_FOR_PROCESSING), MassPaymentStatus::QueuedForProcessing),
        (Some(stage::PROCESSING), MassPaymentStatus::Processing),
        (Some(stage::PROCESSED), MassPaymentStatus::Processing),
        (Some(stage::QUEUED_FOR_CREATING), MassPaymentStatus::QueuedForCreating),
        (Some(stage::CREATING), MassPaymentStatus::Creating),
        (Some("a_word_of_tomorrow"), MassPaymentStatus::Processing),
    ];
    for (stage, expected) in words {
        for status in [Status::Running, Status::Canceling] {
            assert_eq!(view(&operation(status, stage)).status, expected, "{status} {stage:?}");
        }
        let fixed = [
            (Status::NotStarted, MassPaymentStatus::QueuedForProcessing),
            (Status::AwaitingConfirmation, MassPaymentStatus::Processed),
            (Status::Succeeded, MassPaymentStatus::Created),
            (Status::Canceled, MassPaymentStatus::Canceled),
            (Status::Failed, MassPaymentStatus::Failed),
        ];
        for (status, expected) in fixed {
            assert_eq!(view(&operation(status, stage)).status, expected, "{status} {stage:?}");
        }
    }
}

#[test]
fn a_word_of_tomorrow_is_at_least_on_the_right_side_of_the_confirmation() {
    let mut operation = held();
    operation.status = Status::Running;
    operation.stage = Some("a_word_of_tomorrow".into());
    assert_eq!(view(&operation).status, MassPaymentStatus::Creating);
}

#[test]
fn it_is_final_exactly_when_its_operation_is() {
    for status in Status::ALL {
        let view = view(&operation(status, Some(stage::PROCESSING)));
        assert_eq!(view.is_final, status.is_terminal(), "{status}");
        assert_eq!(view.cancel_requested, status == Status::Canceling);
    }
}

#[test]
fn every_word_of_a_status_is_read_back() {
    for status in MassPaymentStatus::ALL {
        assert_eq!(status.as_str().parse(), Ok(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
    assert!("Created".parse::<MassPaymentStatus>().is_err());
}

#[test]
fn a_held_one_shows_what_is_to_be_decided() {
    let id = held().id;
    let shown = serde_json::to_value(view(&held())).unwrap();
    assert_eq!(
        shown,
        json!({
            "id": id,
            "reference": "payroll",
            "status": "processed",
            "with_errors": true,
            "final": false,
            "verifying": false,
            "cancel_requested": false,
            "counts": {"received": 1_000, "accepted": 963, "rejected": 37, "created": 0},
            "confirmation": {
                "summary": "Go on?",
                "requires": {"accept_errors": true},
                "confirm_by": "2026-11-29T12:00:00.000Z",
            },
            "received_at": "2026-11-22T12:00:00.000Z",
            "updated_at": "2026-11-22T12:00:00.000Z",
            "links": {
                "self": format!("https://api.example/mass-payments/{id}"),
                "payments": format!("https://api.example/mass-payments/{id}/payments"),
                "operation": format!("https://api.example/operations/{id}"),
                "confirm": format!("https://api.example/mass-payments/{id}:confirm"),
                "reject": format!("https://api.example/mass-payments/{id}:reject"),
                "cancel": format!("https://api.example/mass-payments/{id}:cancel"),
            },
        })
    );
}

#[test]
fn a_created_one_shows_what_was_created_and_offers_nothing_more() {
    let mut operation = held();
    operation.status = Status::Succeeded;
    operation.ended_at = Some(NOW);
    let counts = json!({"received": 1_000, "accepted": 963, "rejected": 37, "created": 963});
    operation.ending = Some(Ending::Succeeded {
        result: json!({
            "id": operation.id, "status": "created", "with_errors": true, "counts": counts,
        }),
    });
    let shown = serde_json::to_value(view(&operation)).unwrap();
    assert_eq!((&shown["counts"], &shown["with_errors"]), (&counts, &json!(true)));
    assert_eq!(shown["finished_at"], "2026-11-22T12:00:00.000Z");
    assert_eq!(shown.get("confirmation"), None);
    let links: Vec<_> = shown["links"].as_object().unwrap().keys().collect();
    assert_eq!(links, ["operation", "payments", "self"]);
}

#[test]
fn counts_are_absent_until_work_has_begun_and_then_follow_the_progress() {
    let mut operation = operation(Status::NotStarted, Some(stage::QUEUED_FOR_PROCESSING));
    assert_eq!(view(&operation).counts, None);
    operation.progress = Some(Progress { completed: 5, failed: 2, total: Some(10), message: None });
    let counts = view(&operation).counts.unwrap();
    assert_eq!((counts.received, counts.accepted, counts.rejected), (10, 3, 2));
}

#[test]
fn trouble_is_shown_with_its_reason() {
    let mut operation = operation(Status::Running, Some(stage::PROCESSING));
    operation.verifying = true;
    operation.attention = Some(Attention { reason: "nobody knows".into(), since: NOW });
    let shown = view(&operation);
    assert!(shown.verifying);
    assert_eq!(shown.attention.unwrap().message, "nobody knows");

    operation.status = Status::Failed;
    let error = Rejection::new("BackOfficeRefused", "no");
    operation.ending = Some(Ending::Failed { error });
    assert_eq!(view(&operation).error.unwrap().code, "BackOfficeRefused");
}
