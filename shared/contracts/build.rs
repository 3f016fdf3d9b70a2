//! Compiles the protos without `protoc`.

use std::{env, error::Error, fs, path::PathBuf};

const PROTOS: [&str; 14] = [
    "mercantile/types/v1/types.proto",
    "mercantile/user/v1/user.proto",
    "mercantile/user/v1/staff.proto",
    "mercantile/user/v1/account.proto",
    "mercantile/user/v1/customer.proto",
    "mercantile/catalog/v1/catalog.proto",
    "mercantile/order/v1/cart.proto",
    "mercantile/order/v1/discount.proto",
    "mercantile/order/v1/order.proto",
    "mercantile/order/v1/returns.proto",
    "mercantile/payment/v1/payment.proto",
    "mercantile/operations/v1/operations.proto",
    "mercantile/operations/v1/system.proto",
    "mercantile/operations/v1/faults.proto",
];

/// Messages with passwords, tokens or signed payloads. They get no `Debug`, so that they cannot be logged.
const SECRET: [&str; 21] = [
    "mercantile.user.v1.RegisterRequest",
    "mercantile.user.v1.SignInRequest",
    "mercantile.user.v1.SignInResponse",
    "mercantile.user.v1.RefreshSessionRequest",
    "mercantile.user.v1.RefreshSessionResponse",
    "mercantile.user.v1.SignOutRequest",
    "mercantile.user.v1.Session",
    "mercantile.user.v1.ProvedSession",
    "mercantile.user.v1.BeginSecondFactorResponse",
    "mercantile.user.v1.ConfirmSecondFactorRequest",
    "mercantile.user.v1.ConfirmSecondFactorResponse",
    "mercantile.user.v1.StepUpRequest",
    "mercantile.user.v1.StepUpResponse",
    "mercantile.user.v1.InviteStaffResponse",
    "mercantile.user.v1.AcceptInvitationRequest",
    "mercantile.user.v1.ChangePasswordRequest",
    "mercantile.user.v1.ResetPasswordRequest",
    "mercantile.user.v1.RequestEmailChangeRequest",
    "mercantile.user.v1.ConfirmEmailChangeRequest",
    "mercantile.order.v1.MergeCartRequest",
    "mercantile.payment.v1.ReceiveWebhookRequest",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler
        .include_source_info(true)
        .include_imports(true)
        .open_files(PROTOS)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(
        out.join("descriptors.bin"),
        compiler.encode_file_descriptor_set(),
    )?;
    tonic_prost_build::configure()
        .btree_map(".")
        .skip_debug(SECRET)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
