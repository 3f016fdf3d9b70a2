use std::fmt::Write;

use gateway::{routes::TABLE, shop, staff};

use super::people::Person;
use super::rpc::policies;
use super::rule::Rule;

const PATH: &str = "docs/access.md";

const INTRODUCTION: &str = "# Access

Who may call what. This page is generated from the tables that are enforced: of URLs in `gateway/src/rest/routes.rs` and
`gateway/src/pages/{shop,staff}/routes.rs`, of RPCs in `services/*/src/grpc/policy.rs` and `shared/operations/src/policy.rs`. Change a row there, then run
`UPDATE_DOCS=1 cargo xtask test -- -p e2e access`. Tests call every row as every caller on a running shop and compare
(`e2e/tests/it/access`).

| cell | means |
|---|---|
| yes | may call |
| own | may call for what is their own; to them, what belongs to others does not exist (404, `NOT_FOUND`) |
| any | may call for what belongs to anyone |
| recent | may call with a second factor that they proved in the last minutes; else 401 `step-up-required` |
| 401 | `token-missing`: must sign in |
| 403 | `forbidden` |

Staff without a second factor get 401 `step-up-required` at rows that only staff may call; elsewhere they are as good as a
customer. An expired token is a 401 `token-expired`, and one that another key has signed a 401 `token-invalid`, except at URLs
that do not read tokens: there the caller is as good as a guest.

The gateway admits the caller of a URL, and then the services that it calls decide by their own tables: whose order it is, is decided
there. With mTLS, a service also compares the certificate of the calling process with the names under `called by`.

";

const PAGES: &str = "
## Pages

The caller is in a cookie. **sign-in**: a guest is redirected to the page to sign in, and back. Tests in `gateway/tests/it/pages`.

";

fn header(page: &mut String, first: &str) {
    let people = Person::shown();
    let names: Vec<_> = people.iter().map(|person| person.name()).collect();
    writeln!(page, "| {first} | {} |", names.join(" | ")).unwrap();
    let lines = "---|".repeat(first.matches('|').count() + 1 + names.len());
    writeln!(page, "|{lines}").unwrap();
}

fn cells(rule: Rule) -> String {
    let people = Person::shown();
    let cells: Vec<_> = people.iter().map(|person| rule.cell(*person)).collect();
    cells.join(" | ")
}

fn document() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("## URLs\n\n");
    header(&mut page, "method | URL");
    for row in TABLE {
        let cells = cells(Rule::of_row(row));
        writeln!(page, "| `{}` | `{}` | {cells} |", row.method, row.path).unwrap();
    }
    page.push_str(PAGES);
    header(&mut page, "method | page");
    for row in shop::routes::TABLE.iter().chain(staff::routes::TABLE) {
        let cells = cells(Rule::of_row(row)).replace("401", "sign-in");
        writeln!(page, "| `{}` | `{}` | {cells} |", row.method, row.path).unwrap();
    }
    let own = policies();
    let own = own.iter().map(|(service, policy)| (*service, policy));
    for (service, policy) in own.chain([("every service", &operations::POLICY)]) {
        write!(page, "\n## RPCs of {service}\n\n").unwrap();
        header(&mut page, "RPC | called by");
        for (path, access, callers) in policy.rows() {
            let (_, name) = path.split_once(".v1.").expect("a version");
            let cells = cells(Rule::of_rpc(path, *access));
            let callers = callers.join(", ");
            writeln!(page, "| `{name}` | {callers} | {cells} |").unwrap();
        }
    }
    page
}

#[test]
fn the_page_shows_the_tables() {
    crate::docs::check_generated(PATH, &document(), "access");
}
