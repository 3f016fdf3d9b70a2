use std::fmt;

use super::{Kind, Span};

/// The spans of one trace, in the order in which they began.
pub(crate) struct Trace {
    pub(crate) id: String,
    pub(crate) spans: Vec<Span>,
}

/// One step of a way through a trace: a service, a kind and a name.
pub(crate) type Step<'a> = (&'a str, Kind, &'a str);

impl Trace {
    pub(crate) fn of(spans: &[Span], id: &str) -> Self {
        let mut spans: Vec<Span> = spans
            .iter()
            .filter(|span| span.trace == id)
            .cloned()
            .collect();
        spans.sort_by_key(|span| span.start);
        Self {
            id: id.to_owned(),
            spans,
        }
    }

    /// Fails with the whole trace when it is not so.
    pub(crate) fn must(&self, good: bool, what: impl fmt::Display) {
        assert!(good, "{what}, in\n{self}");
    }

    pub(crate) fn span(&self, id: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.id == id)
    }

    /// Those of one service, kind and name.
    pub(crate) fn all<'a>(
        &'a self,
        (service, kind, name): Step<'a>,
    ) -> impl Iterator<Item = &'a Span> + use<'a> {
        self.spans
            .iter()
            .filter(move |span| span.service() == service && span.kind == kind && span.name == name)
    }

    /// The only one of its service, kind and name.
    pub(crate) fn only<'a>(&'a self, step: Step<'a>) -> &'a Span {
        let mut found = self.all(step);
        let span = found.next();
        self.must(
            span.is_some() && found.next().is_none(),
            format_args!("one span is {step:?}"),
        );
        span.unwrap()
    }

    /// The spans above this one, its parent first.
    pub(crate) fn above<'a>(&'a self, span: &'a Span) -> impl Iterator<Item = &'a Span> {
        std::iter::successors(self.span(&span.parent), |span| self.span(&span.parent))
    }

    /// Walks down from `root` (the id of a span) through every step; each is somewhere below the one
    /// before, however many spans there are between them. Answers the last step's span.
    pub(crate) fn follow<'a>(&'a self, root: &'a str, steps: &[Step<'a>]) -> &'a Span {
        let mut reached: Vec<&str> = vec![root];
        let mut last = None;
        for step in steps {
            let found: Vec<&Span> = self
                .all(*step)
                .filter(|span| reached.iter().any(|above| self.is_below(span, above)))
                .collect();
            self.must(
                !found.is_empty(),
                format_args!("there is a way from {root} to {step:?} through {steps:#?}"),
            );
            reached = found.iter().map(|span| span.id.as_str()).collect();
            last = found.first().copied();
        }
        last.unwrap()
    }

    fn is_below(&self, span: &Span, ancestor: &str) -> bool {
        span.parent == ancestor || self.above(span).any(|above| above.parent == ancestor)
    }

    /// Nobody has a parent that was never sent, other than the client's span.
    pub(crate) fn has_no_orphans(&self, client: &str) {
        for span in &self.spans {
            self.must(
                span.parent == client || self.span(&span.parent).is_some(),
                format_args!(
                    "{} {} ({}) has a parent that was sent",
                    span.service(),
                    span.name,
                    span.id
                ),
            );
        }
    }

    fn draw(&self, parent: &Span, depth: usize, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(parent, depth, to)?;
        for child in self.spans.iter().filter(|span| span.parent == parent.id) {
            self.draw(child, depth + 1, to)?;
        }
        Ok(())
    }
}

fn show(span: &Span, depth: usize, to: &mut fmt::Formatter<'_>) -> fmt::Result {
    let kind = match span.kind {
        Kind::Server => "server  ",
        Kind::Client => "client  ",
        Kind::Producer => "producer",
        Kind::Consumer => "consumer",
        Kind::Internal | Kind::Unspecified => "        ",
    };
    let micros = span.end.saturating_sub(span.start) / 1_000;
    let indent = "  ".repeat(depth);
    write!(
        to,
        "{:<8} {kind} {micros:>8} µs  {indent}{}",
        span.service(),
        span.name
    )?;
    for (name, value) in &span.attributes {
        write!(to, " {name}={value}")?;
    }
    if let Some(description) = &span.failed {
        write!(to, " FAILED {description}")?;
    }
    for link in &span.links {
        write!(to, " → {}/{}", link.trace, link.id)?;
    }
    writeln!(to)
}

/// An indented tree, one span a line; those whose parent is not here come last but as trees, too.
impl fmt::Display for Trace {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "trace {} of {} spans", self.id, self.spans.len())?;
        let roots = self.spans.iter();
        for root in roots.filter(|span| self.span(&span.parent).is_none()) {
            if !root.parent.is_empty() {
                writeln!(to, "below {}, which was not sent:", root.parent)?;
            }
            self.draw(root, 0, to)?;
        }
        Ok(())
    }
}
