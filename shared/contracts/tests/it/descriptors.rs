//! Rules for all protos.

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

fn ours() -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(contracts::DESCRIPTOR_SET).unwrap();
    let files = set.file.into_iter();
    files
        .filter(|file| file.package().starts_with("mercantile."))
        .collect()
}

#[test]
fn every_rpc_has_its_own_request_and_response() {
    for file in ours() {
        for service in &file.service {
            for method in &service.method {
                let expected = |suffix| format!(".{}.{}{suffix}", file.package(), method.name());
                assert_eq!(method.input_type(), expected("Request"));
                assert_eq!(method.output_type(), expected("Response"));
            }
        }
    }
}

#[test]
fn every_enum_begins_with_unspecified() {
    for file in ours() {
        for of_enum in &file.enum_type {
            let first = of_enum.value.first().unwrap();
            assert_eq!(first.number(), 0, "{}", of_enum.name());
            assert!(first.name().ends_with("_UNSPECIFIED"), "{}", first.name());
        }
    }
}

#[test]
fn every_element_of_a_proto_has_a_comment() {
    for file in ours() {
        let locations = file
            .source_code_info
            .as_ref()
            .map_or(&[][..], |info| &info.location);
        let has_comment = |path: &[i32]| {
            let found = locations.iter().find(|location| location.path == path);
            found.is_some_and(|location| !location.leading_comments().trim().is_empty())
        };
        let mut bare = Vec::new();
        for (index, message) in (0..).zip(&file.message_type) {
            if !has_comment(&[4, index]) {
                bare.push(message.name().to_owned());
            }
            for (number, field) in (0..).zip(&message.field) {
                if !has_comment(&[4, index, 2, number]) {
                    bare.push(format!("{}.{}", message.name(), field.name()));
                }
            }
        }
        for (index, of_enum) in (0..).zip(&file.enum_type) {
            for (number, value) in (0..).zip(&of_enum.value) {
                if !has_comment(&[5, index, 2, number]) {
                    bare.push(value.name().to_owned());
                }
            }
        }
        for (index, service) in (0..).zip(&file.service) {
            for (number, method) in (0..).zip(&service.method) {
                if !has_comment(&[6, index, 2, number]) {
                    bare.push(format!("{}.{}", service.name(), method.name()));
                }
            }
        }
        assert_eq!(bare, Vec::<String>::new(), "{} lacks comments", file.name());
    }
}
