//! The fuzz target `envelope`.
#![allow(clippy::expect_used, reason = "a target fails by panicking")]

use contracts::messages::*;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use crate::envelope::Envelope;
use crate::headers;

/// Lines `name=value` are headers, `name#value` those with a number; after an empty line comes the data. An envelope is
/// written as it was read, also after retries and as a dead letter, and so is its message.
pub fn envelope(data: &[u8]) {
    let (properties, body) = delivery(data);
    let read = headers::envelope(&properties, body.to_vec());
    let error = headers::error(&properties);
    let retried =
        headers::for_attempt(&properties, headers::attempt(&properties).saturating_add(1));
    let dead = headers::for_dead(&retried, &error, headers::attempt(&retried));
    assert_eq!(headers::attempts(&dead), headers::attempt(&retried));
    let redriven = headers::for_redrive(&dead);
    assert_eq!(headers::attempt(&redriven), 1);
    for moved in [&retried, &dead, &redriven] {
        assert_eq!(headers::envelope(moved, body.to_vec()), read);
    }
    if let Ok(read) = read {
        // The property `type` is shorter; only our own messages are written.
        if ShortString::try_new(&*read.message_type).is_ok() {
            let written = headers::properties(&read, read.trace.clone());
            assert_eq!(headers::envelope(&written, body.to_vec()), Ok(read.clone()));
        }
        message(&read);
    }
    // The data alone reaches every type.
    for listed in ALL {
        message(&Envelope {
            id: uuid::Uuid::nil(),
            source: String::new(),
            message_type: listed.name.to_owned(),
            subject: String::new(),
            time: chrono::DateTime::UNIX_EPOCH,
            trace: None,
            data: body.to_vec(),
        });
    }
}

fn delivery(data: &[u8]) -> (BasicProperties, &[u8]) {
    let mut headers = FieldTable::default();
    let mut rest = data;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end);
        rest = &after[1..];
        let Some(at) = line.iter().position(|byte| b"=#".contains(byte)) else {
            break;
        };
        let (name, value) = (String::from_utf8_lossy(&line[..at]), &line[at + 1..]);
        let Ok(name) = ShortString::try_new(name) else {
            continue;
        };
        let number = || std::str::from_utf8(value).ok()?.parse().ok();
        let value = match (line[at], number()) {
            (b'#', Some(number)) => AMQPValue::LongLongInt(number),
            _ => AMQPValue::LongString(value.into()),
        };
        headers.insert(name, value);
    }
    (BasicProperties::default().with_headers(headers), rest)
}

fn message(envelope: &Envelope) {
    macro_rules! each {
        ($($name:ident),* $(,)?) => {
            match envelope.message_type.as_str() {
                $(<$name as Message>::TYPE => is_written_as_read::<$name>(envelope),)*
                _ => {}
            }
        };
    }
    contracts::each_message!(each);
}

fn is_written_as_read<M: Message>(envelope: &Envelope) {
    let Ok(message) = envelope.decode::<M>() else {
        return;
    };
    let written = Envelope::of(&message).expect("plain data");
    let read: M = written.decode().expect("what was written");
    assert_eq!(Envelope::of(&read).expect("plain data").data, written.data);
    assert_eq!(read.subject(), written.subject);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_of_envelope_pass() {
        testkit::replay("envelope", super::envelope);
    }
}
