//! Activation bars: while a service works on the order.

use super::{HALF_BAR, Lane, Message};
use crate::pages::staff::timeline::row::{Shape, Tone};

/// How tall the bar of a call is that ends within its row.
const SHORT: i32 = 12;

/// A bar on a lifeline.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
    pub(crate) class: &'static str,
}

/// A bar that may still become taller.
#[derive(Debug)]
struct Open {
    lane: Lane,
    from: i32,
    class: &'static str,
}

/// Finds the bars of a phase.
#[derive(Debug, Default)]
pub(super) struct Bars {
    /// From the first to the last row of `order`.
    order: Option<(i32, i32)>,
    open: Vec<Open>,
    done: Vec<(Lane, i32, i32, &'static str)>,
}

impl Bars {
    /// An arrow that leaves at `from` and arrives at `to`.
    pub(super) fn message(&mut self, message: &Message, from: i32, to: i32) {
        if message.from == Lane::Order || message.to == Lane::Order {
            self.note(
                Lane::Order,
                if message.from == Lane::Order {
                    from
                } else {
                    to
                },
            );
        }
        let class = message.tone.class();
        match (message.shape, message.to) {
            (Shape::Command, lane) => self.begin(lane, to, class),
            (Shape::Event, Lane::Order) => self.end(message, from),
            (_, Lane::Order | Lane::People) => {}
            (_, lane) => self
                .done
                .push((lane, to - SHORT / 4, to + SHORT / 4, class)),
        }
    }

    /// Something happens in a lane.
    pub(super) fn note(&mut self, lane: Lane, y: i32) {
        if lane == Lane::Order {
            let first = self.order.map_or(y, |(first, _)| first);
            self.order = Some((first, y));
        }
    }

    /// The bars; those without an end reach the bottom.
    pub(super) fn finish(self, height: i32, x: impl Fn(Lane) -> i32) -> Vec<Bar> {
        let order = self
            .order
            .map(|(first, last)| (Lane::Order, first, last, "plain"));
        let open = self.open.into_iter();
        let open = open.map(|open| (open.lane, open.from, height, open.class));
        let all = order.into_iter().chain(self.done).chain(open);
        let bar = |(lane, from, to, class): (Lane, i32, i32, &'static str)| Bar {
            x: x(lane) - HALF_BAR,
            y: from - 3,
            width: 2 * HALF_BAR,
            height: (to - from + 6).max(SHORT),
            class,
        };
        all.map(bar).collect()
    }

    /// A command that is sent again belongs to the bar of the first.
    fn begin(&mut self, lane: Lane, y: i32, class: &'static str) {
        if !self.open.iter().any(|open| open.lane == lane) {
            self.open.push(Open {
                lane,
                from: y,
                class,
            });
        }
    }

    fn end(&mut self, message: &Message, y: i32) {
        let index = self.open.iter().position(|open| open.lane == message.from);
        let Some(index) = index else { return };
        let open = self.open.remove(index);
        let class = match message.tone {
            Tone::Failed => Tone::Failed.class(),
            _ => open.class,
        };
        self.done.push((open.lane, open.from, y, class));
    }
}
