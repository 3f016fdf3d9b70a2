//! Finds the metrics, labels and values in a PromQL expression. Not a parser: promtool checks the syntax.

/// Keywords before a list of labels in parentheses.
const GROUPING: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];
/// Keywords that would otherwise be taken for metrics.
const KEYWORDS: [&str; 8] = [
    "and", "or", "unless", "bool", "offset", "atan2", "inf", "nan",
];
/// Functions with an optional list of labels between name and parenthesis.
const AGGREGATORS: [&str; 12] = [
    "sum",
    "min",
    "max",
    "avg",
    "count",
    "group",
    "stddev",
    "stdvar",
    "topk",
    "bottomk",
    "quantile",
    "count_values",
];

/// The names in an expression.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Metrics with the matchers of their selectors.
    pub(super) selectors: Vec<(String, Vec<Matcher>)>,
    /// Labels in `by (..)` and the other `GROUPING` keywords.
    pub(super) grouping: Vec<String>,
}

/// `label="value"`; the alternatives of a regular expression are separate values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Matcher {
    pub(super) label: String,
    pub(super) values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

pub(super) fn named(expression: &str) -> Named {
    let tokens = tokens(expression);
    let mut named = Named::default();
    let mut at = 0;
    while at < tokens.len() {
        let next = tokens.get(at + 1);
        match &tokens[at] {
            Token::Sign('[') => at = end(&tokens, at, ']'),
            Token::Sign('{') => {
                let close = end(&tokens, at, '}');
                named
                    .selectors
                    .push((String::new(), matchers(&tokens[at + 1..close])));
                at = close;
            }
            Token::Word(word) if GROUPING.contains(&&**word) && next == Some(&Token::Sign('(')) => {
                let close = end(&tokens, at, ')');
                let labels = tokens[at + 2..close].iter();
                named
                    .grouping
                    .extend(labels.filter_map(|token| match token {
                        Token::Word(label) => Some(label.clone()),
                        _ => None,
                    }));
                at = close;
            }
            Token::Word(word) => {
                let called = next == Some(&Token::Sign('('));
                let is_metric = !called
                    && !KEYWORDS.contains(&&*word.to_lowercase())
                    && !GROUPING.contains(&&**word)
                    && !AGGREGATORS.contains(&&**word);
                if is_metric && next == Some(&Token::Sign('{')) {
                    let close = end(&tokens, at, '}');
                    named
                        .selectors
                        .push((word.clone(), matchers(&tokens[at + 2..close])));
                    at = close;
                } else if is_metric {
                    named.selectors.push((word.clone(), Vec::new()));
                }
            }
            _ => {}
        }
        at += 1;
    }
    named
}

fn end(tokens: &[Token], from: usize, close: char) -> usize {
    let rest = tokens[from..].iter();
    from + rest
        .take_while(|token| **token != Token::Sign(close))
        .count()
}

fn matchers(tokens: &[Token]) -> Vec<Matcher> {
    let mut matchers = Vec::new();
    let mut label = None;
    let mut is_pattern = false;
    for token in tokens {
        match token {
            Token::Word(word) => (label, is_pattern) = (Some(word.clone()), false),
            Token::Sign('~') => is_pattern = true,
            Token::Sign(_) => {}
            Token::Text(text) => matchers.push(Matcher {
                label: label.take().expect("a value follows a label"),
                values: match is_pattern {
                    true => text.split('|').map(str::to_owned).collect(),
                    false => vec![text.clone()],
                },
            }),
        }
    }
    matchers
}

fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    while let Some(c) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let length = if c == '"' || c == '\'' {
            let inside = rest[1..].find(c).expect("a closing quote");
            tokens.push(Token::Text(rest[1..=inside].to_owned()));
            inside + 2
        } else if c.is_ascii_digit() || c == '$' {
            // Numbers, durations, Grafana's variables.
            1 + rest[1..]
                .find(|c| !is_word(c) && c != '.')
                .unwrap_or(rest.len() - 1)
        } else if is_word(c) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_owned()));
            length
        } else {
            if !c.is_whitespace() {
                tokens.push(Token::Sign(c));
            }
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

#[test]
fn metrics_labels_and_values_are_found() {
    let found = named(
        "histogram_quantile(0.99, sum by (le, queue) (rate(a_bucket{x=\"1\",y=~\"b|c\"}[$__rate_interval]))) \
         / on (slo) group_left () max(b:c) > bool 14.4 or vector(0)",
    );
    let matcher = |label: &str, values: &[&str]| Matcher {
        label: label.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let of_a = vec![matcher("x", &["1"]), matcher("y", &["b", "c"])];
    assert_eq!(
        found.selectors,
        [("a_bucket".to_owned(), of_a), ("b:c".to_owned(), vec![])]
    );
    assert_eq!(found.grouping, ["le", "queue", "slo"]);
}
