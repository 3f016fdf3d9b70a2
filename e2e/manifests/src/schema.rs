//! The form of each object: built-in kinds are parsed strictly, custom ones must have a kind and a name.

use k8s_openapi::api::{
    apps::v1 as apps, autoscaling::v2 as autoscaling, batch::v1 as batch, core::v1 as core,
    networking::v1 as networking, policy::v1 as policy,
};
use k8s_openapi::{Resource, serde::Serialize};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::object::Object;

/// Ends of the groups of custom kinds. Any other group is built in.
const CUSTOM: [&str; 8] = [
    "cert-manager.io",
    "external-secrets.io",
    "flagger.app",
    "gateway.envoyproxy.io",
    "gateway.networking.k8s.io",
    "keda.sh",
    "monitoring.coreos.com",
    "rabbitmq.com",
];

/// Parses an object and serializes it again, or reports the field that cannot be parsed.
type Parse = fn(&Value) -> Result<Value, String>;

fn kind<T: Resource + DeserializeOwned + Serialize>() -> (&'static str, &'static str, Parse) {
    let parse = |value: &Value| {
        let typed: T =
            serde_path_to_error::deserialize(value).map_err(|error| error.to_string())?;
        serde_json::to_value(typed).map_err(|error| error.to_string())
    };
    (T::API_VERSION, T::KIND, parse)
}

/// The built-in kinds that the manifests use.
fn built_in() -> [(&'static str, &'static str, Parse); 13] {
    [
        kind::<apps::Deployment>(),
        kind::<apps::StatefulSet>(),
        kind::<autoscaling::HorizontalPodAutoscaler>(),
        kind::<batch::CronJob>(),
        kind::<batch::Job>(),
        kind::<core::ConfigMap>(),
        kind::<core::Namespace>(),
        kind::<core::PersistentVolumeClaim>(),
        kind::<core::Secret>(),
        kind::<core::Service>(),
        kind::<core::ServiceAccount>(),
        kind::<networking::NetworkPolicy>(),
        kind::<policy::PodDisruptionBudget>(),
    ]
}

/// What is wrong with the form of an object.
pub(crate) fn check(object: &Object) -> Vec<String> {
    if object.api_version().is_empty() || object.kind().is_empty() || object.name().is_empty() {
        return vec!["apiVersion, kind or metadata.name is missing; set all three".to_owned()];
    }
    let group = object
        .api_version()
        .split_once('/')
        .map_or("", |(group, _)| group);
    if CUSTOM.contains(&group) {
        return Vec::new();
    }
    let known = built_in().into_iter().find(|(api_version, kind, _)| {
        *api_version == object.api_version() && *kind == object.kind()
    });
    let Some((_, _, parse)) = known else {
        let text = "the kind is unknown; correct it, or add it to e2e/manifests/src/schema.rs";
        return vec![format!("{text} ({})", object.api_version())];
    };
    match parse(&object.value) {
        Ok(parsed) => {
            let mut found = Vec::new();
            compare(&object.value, &parsed, "", &mut found);
            found
        }
        Err(error) => vec![format!("{error}; correct the value")],
    }
}

/// Finds fields that parsing lost, which are unknown, and fields that it added, which are required.
fn compare(input: &Value, parsed: &Value, path: &str, found: &mut Vec<String>) {
    match (input, parsed) {
        (Value::Object(input), Value::Object(parsed)) => {
            for (field, value) in input {
                let path = format!("{path}.{field}");
                match parsed.get(field) {
                    Some(parsed) => compare(value, parsed, &path, found),
                    None if value.is_null() => {}
                    None => found.push(format!("`{path}` is unknown; remove or correct it")),
                }
            }
            // An object in another one, such as the template of a volume, may omit these.
            let is_implied = |field: &str| field == "apiVersion" || field == "kind";
            let missing = parsed
                .keys()
                .filter(|field| !input.contains_key(*field) && !is_implied(field));
            found.extend(missing.map(|field| format!("`{path}.{field}` is required; set it")));
        }
        (Value::Array(input), Value::Array(parsed)) => {
            for (index, (input, parsed)) in input.iter().zip(parsed).enumerate() {
                compare(input, parsed, &format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::objects;

    fn faults(yaml: &str) -> Vec<String> {
        objects(yaml).unwrap().iter().flat_map(check).collect()
    }

    const POLICY: &str =
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: a }\n";

    #[test]
    fn the_form_of_built_in_kinds_is_strict() {
        for (spec, expected) in [
            (
                "spec: { podSelector: {}, policyType: [Egress] }",
                "`.spec.policyType` is unknown; remove or correct it",
            ),
            (
                "spec: { podSelector: {}, egress: [{ to: [{ podselector: {} }] }] }",
                "`.spec.egress[0].to[0].podselector` is unknown; remove or correct it",
            ),
            (
                "spec: { podSelector: {}, policyTypes: Egress }",
                "spec.policyTypes: invalid type: string \"Egress\", expected a sequence; correct the value",
            ),
        ] {
            assert_eq!(faults(&format!("{POLICY}{spec}\n")), [expected]);
        }
        assert!(faults(&format!("{POLICY}spec: {{ podSelector: {{}} }}\n")).is_empty());
    }

    #[test]
    fn a_required_field_is_missed() {
        let yaml = "apiVersion: policy/v1\nkind: PodDisruptionBudget\n\
            metadata: { name: a }\nspec: { selector: { matchExpressions: [{ key: a }] } }\n";
        let expected = "`.spec.selector.matchExpressions[0].operator` is required; set it";
        assert_eq!(faults(yaml), [expected]);
    }

    #[test]
    fn an_unknown_kind_is_reported_and_a_custom_one_is_not() {
        let found = faults("apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: { name: a }\n");
        assert!(found[0].contains("the kind is unknown"), "{found:?}");
        let custom = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\n";
        assert!(faults(&format!("{custom}metadata: {{ name: a }}\n")).is_empty());
        assert!(faults(custom)[0].contains("metadata.name is missing"));
    }
}
