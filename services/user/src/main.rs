//! `user serve | migrate | invite-staff | set-staff-groups | remove-staff | revoke-signing-key | seed | healthcheck | config`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    service::program(user::ABOUT, user::MIGRATIONS, user::start)
        .command(
            "invite-staff",
            "invite a staff member: <email> <group>[,<group>...]",
            user::invite_staff,
        )
        .command(
            "set-staff-groups",
            "replace the groups of a staff member: <email> <group>[,<group>...]",
            user::set_staff_groups,
        )
        .command(
            "remove-staff",
            "remove a staff member, or withdraw an invitation: <email>",
            user::remove_staff,
        )
        .command(
            "revoke-signing-key",
            "revoke a leaked signing key at once: <kid> <reason>",
            user::revoke_signing_key,
        )
        .command("seed", "put demo data into the database", user::seed)
        .main()
}
