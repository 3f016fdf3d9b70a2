use std::fmt;

use super::Span;

/// The spans of one trace, in start order.
pub(crate) struct Trace {
    pub(crate) id: String,
    pub(crate) spans: Vec<Span>,
}

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

    /// Asserts a condition; the message shows the trace.
    pub(crate) fn assert(&self, condition: bool, what: impl fmt::Display) {
        assert!(condition, "{what}, in\n{self}");
    }

    pub(crate) fn span(&self, id: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.id == id)
    }

    /// The spans with this service, kind and name: `order server ..`.
    pub(crate) fn all(&self, step: &str) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(move |span| span.step() == step)
    }

    /// The only span with this service, kind and name.
    pub(crate) fn only(&self, step: &str) -> &Span {
        let found: Vec<&Span> = self.all(step).collect();
        self.assert(found.len() == 1, format_args!("exactly one span is {step}"));
        found[0]
    }

    /// The ancestors of a span, its parent first.
    pub(crate) fn ancestors<'a>(&'a self, span: &'a Span) -> impl Iterator<Item = &'a Span> {
        std::iter::successors(self.span(&span.parent), |span| self.span(&span.parent))
    }

    /// Asserts that below `root` (the id of a span) there is a span of the first step, below that one of
    /// the second, and so on; other spans may be between them.
    pub(crate) fn follow(&self, root: &str, steps: &[&str]) {
        let mut reached: Vec<&str> = vec![root];
        for step in steps {
            let found = self.all(step);
            let below = found.filter(|span| reached.iter().any(|above| self.is_below(span, above)));
            reached = below.map(|span| span.id.as_str()).collect();
            self.assert(
                !reached.is_empty(),
                format_args!("there is a path from {root} to {step} through {steps:#?}"),
            );
        }
    }

    fn is_below(&self, span: &Span, ancestor: &str) -> bool {
        span.parent == ancestor || self.ancestors(span).any(|span| span.parent == ancestor)
    }

    /// Asserts that every parent was exported, except the client's span.
    pub(crate) fn has_no_orphans(&self, client: &str) {
        for span in &self.spans {
            self.assert(
                span.parent == client || self.span(&span.parent).is_some(),
                format_args!(
                    "the parent of {} {} ({}) was exported",
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
    let micros = span.end.saturating_sub(span.start) / 1_000;
    let indent = "  ".repeat(depth);
    write!(
        to,
        "{:<8} {:<8} {micros:>8} µs  {indent}{}",
        span.service(),
        span.kind_name(),
        span.name
    )?;
    for (name, value) in &span.attributes {
        // Long, or repeated in the span's name.
        let hidden = ["db.", "rpc.", "messaging.", "server.", "http.r", "url."];
        if !hidden.iter().any(|prefix| name.starts_with(prefix)) {
            write!(to, " {name}={value}")?;
        }
    }
    if let Some(description) = &span.failed {
        write!(to, " FAILED {description}")?;
    }
    for link in &span.links {
        write!(to, " → {}/{}", link.trace, link.id)?;
    }
    writeln!(to)
}

/// One indented tree for each span without an exported parent, one span per line.
impl fmt::Display for Trace {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "trace {} of {} spans", self.id, self.spans.len())?;
        let roots = self.spans.iter();
        for root in roots.filter(|span| self.span(&span.parent).is_none()) {
            if !root.parent.is_empty() {
                writeln!(to, "below {}, which was not exported:", root.parent)?;
            }
            self.draw(root, 0, to)?;
        }
        Ok(())
    }
}
