//! Faults for a demonstration: the provider misbehaves, or a consumer stops, for a minute each.

use actix_web::web::Data;
use askama::Template;
use futures_util::future::{join, join_all};

use crate::{
    edge::problem::{Problem, reasons},
    faults::{FAULT_S, Fault, Faults, ProviderState},
    model::{ConsumerFaults, Service},
    pages::{
        Answer, filters,
        form::Form,
        notice, page, see_other,
        staff::{layout::Layout, member::Member},
    },
    rest::request::Segment,
};

const PATH: &str = "/staff/system/faults";

/// Name in the form, text of the button, and what happens.
type Choice = (&'static str, &'static str, &'static str);

const CHOICES: [Choice; 4] = [
    (
        "slow",
        "Make it slow",
        "Each call takes two seconds longer. Checkouts wait, and pages stay fast.",
    ),
    (
        "decline-all",
        "Decline every card",
        "Orders are rejected, and their stock is released.",
    ),
    (
        "lose-answers",
        "Lose its answers",
        "It acts and does not answer. The shop asks what became of each payment, and charges nobody twice.",
    ),
    ("healthy", "End its faults", "It works again at once."),
];

#[derive(Template)]
#[template(path = "system/faults.html")]
struct FaultsPage {
    layout: Layout,
    is_allowed: bool,
    seconds: u32,
    /// None without a sandbox that can be controlled; an error with its title.
    provider: Option<Result<ProviderState, &'static str>>,
    choices: [Choice; 4],
    consumers: Vec<(&'static str, Result<ConsumerFaults, &'static str>)>,
}

impl FaultsPage {
    fn fault_name(fault: &Fault) -> &'static str {
        match fault {
            Fault::Healthy => "Healthy",
            Fault::Slow => "Slow",
            Fault::DeclineAll => "Declines every card",
            Fault::LoseAnswers => "Loses its answers",
        }
    }

    fn is_healthy(fault: &Fault) -> bool {
        *fault == Fault::Healthy
    }
}

/// Shows what is on now, and until when.
pub(crate) async fn show(member: Member, faults: Data<Faults>) -> Answer {
    let provider = async {
        match &faults.provider {
            Some(provider) => Some(provider.state().await.map_err(title)),
            None => None,
        }
    };
    let consumers = async {
        let services: &[_] = match faults.allowed {
            true => &Service::NAMES,
            false => &[],
        };
        let reads = services.iter().map(async |(name, service)| {
            let read = member.upstreams().faults(*service).get().await;
            (*name, read.map_err(title))
        });
        join_all(reads).await
    };
    let (provider, consumers) = join(provider, consumers).await;
    page(&FaultsPage {
        layout: member.layout()?,
        is_allowed: faults.allowed,
        seconds: FAULT_S,
        provider,
        choices: CHOICES,
        consumers,
    })
}

/// Makes the provider misbehave, or ends that.
pub(crate) async fn set_provider(member: Member, faults: Data<Faults>, form: Form) -> Answer {
    let provider = faults.provider.as_ref();
    let provider = provider.ok_or_else(|| Problem::new(&reasons::FAULTS_NOT_ALLOWED))?;
    let fault: Fault = form
        .text("fault")
        .parse()
        .map_err(|expected| Problem::new(&reasons::VALIDATION_FAILED).field("fault", expected))?;
    // This process has no database for the audit.
    tracing::warn!(actor = ?member.id(), ?fault, "staff set the fault of the provider");
    provider.set(fault).await?;
    let notice = match fault {
        Fault::Healthy => "faults-ended",
        Fault::Slow | Fault::DeclineAll | Fault::LoseAnswers => "fault-begun",
    };
    see_other(&notice::path(PATH, notice))
}

/// Stops the consumer of a service for a minute, or starts it again.
pub(crate) async fn pause_consumer(
    member: Member,
    faults: Data<Faults>,
    Segment(service): Segment<Service>,
    form: Form,
) -> Answer {
    if !faults.allowed {
        return Err(Problem::new(&reasons::FAULTS_NOT_ALLOWED));
    }
    let consumer = member.upstreams().faults(service);
    let (seconds, notice) = match form.is_checked("start") {
        true => (0, "consumer-started"),
        false => (FAULT_S, "consumer-paused"),
    };
    consumer.pause_consumer(seconds).await?;
    see_other(&notice::path(PATH, notice))
}

fn title(problem: Problem) -> &'static str {
    problem.kind().title
}
