use chassis::auth::{Access, Policy};
use contracts::callers::{ALL, GATEWAY};
use kernel::Group::{Admin, Finance, Support};

/// Who may call each RPC. An RPC without a row is denied. The store checks the owner of an address.
/// The rows of the operators' RPCs are in the crate `operations`.
pub const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.user.v1.UserService/Register",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/VerifyEmail",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/SignIn",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/RefreshSession",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/SignOut",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/GetJwks",
        Access::Public,
        ALL,
    ),
    (
        "/mercantile.user.v1.UserService/GetMe",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/FindAccount",
        Access::staff(&[Support, Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/ListAddresses",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/CreateAddress",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/UpdateAddress",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/DeleteAddress",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/RotateSigningKey",
        Access::recent_staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.AccountService/UpdateProfile",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.AccountService/ChangePassword",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.AccountService/RequestEmailChange",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.AccountService/ListSessions",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.AccountService/EndSession",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.AccountService/EndOtherSessions",
        Access::SignedIn,
        GATEWAY,
    ),
    // They answer alike for every address, or the token of an e-mail authenticates the caller.
    (
        "/mercantile.user.v1.AccountService/RequestPasswordReset",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.AccountService/ResetPassword",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.AccountService/ConfirmEmailChange",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.AccountService/RequestEmailVerification",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.CustomerService/ListCustomers",
        Access::staff(&[Support, Finance]),
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.CustomerService/GetCustomer",
        Access::staff(&[Support, Finance]),
        GATEWAY,
    ),
    // The use cases demand the role; the groups come with the second factor.
    (
        "/mercantile.user.v1.StaffService/BeginSecondFactor",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.StaffService/ConfirmSecondFactor",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.StaffService/StepUp",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.StaffService/ListStaff",
        Access::staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.StaffService/InviteStaff",
        Access::recent_staff(&[Admin]),
        GATEWAY,
    ),
    // The token of the invitation authenticates the caller.
    (
        "/mercantile.user.v1.StaffService/AcceptInvitation",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.StaffService/ChangeStaffGroups",
        Access::recent_staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.StaffService/RemoveStaff",
        Access::recent_staff(&[Admin]),
        GATEWAY,
    ),
    (
        "/mercantile.user.v1.UserService/RevokeSigningKey",
        Access::recent_staff(&[Admin]),
        GATEWAY,
    ),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_has_a_row_for_every_rpc() {
        let services = [
            "mercantile.user.v1.AccountService",
            "mercantile.user.v1.CustomerService",
            "mercantile.user.v1.StaffService",
            "mercantile.user.v1.UserService",
        ];
        let mismatches = POLICY.mismatches(contracts::DESCRIPTOR_SET, &services);
        assert_eq!(mismatches, Vec::<String>::new());
    }
}
