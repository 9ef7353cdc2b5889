//! Ids for producers.

use crate::talk::{Talk, read};
use harness::{LONG, wait_until};
use loglane_net::message::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};

/// Kafka's answer while it waits for a block of ids; this broker lets the request wait.
const COORDINATOR_LOAD_IN_PROGRESS: i16 = 14;

pub(crate) fn ids(talk: &mut Talk) {
    let mut first = None;
    for version in 0..=5 {
        let plain = InitProducerIdRequest {
            transactional_id: None,
            transaction_timeout_ms: i32::MAX,
            ..Default::default()
        };
        ask(talk, version, &plain, &mut first);
        ask(
            talk,
            version,
            &InitProducerIdRequest { transactional_id: Some(""), ..plain.clone() },
            &mut first,
        );
        ask(
            talk,
            version,
            &InitProducerIdRequest { transaction_timeout_ms: -1, ..plain.clone() },
            &mut first,
        );
        if version >= 3 {
            for (producer_id, producer_epoch) in
                [(-1, 0), (0, -1), (5, 3), (i64::MAX, i16::MAX), (-2, -2), (-1, -2)]
            {
                let given = InitProducerIdRequest { producer_id, producer_epoch, ..plain.clone() };
                ask(talk, version, &given, &mut first);
            }
        }
    }
}

fn ask(talk: &mut Talk, version: i16, request: &InitProducerIdRequest<'_>, first: &mut Option<i64>) {
    talk.line(request);
    let mut answer = wait_until("a block of producer ids", LONG, || {
        let body = talk.send(version, request)?;
        let answer: InitProducerIdResponse = read(&body, version);
        (answer.error_code != COORDINATOR_LOAD_IN_PROGRESS).then_some(answer)
    });
    if answer.producer_id >= 0 {
        answer.producer_id -= *first.get_or_insert(answer.producer_id);
    }
    talk.line(&answer);
}
