use contracts::user::v1::{
    AcceptInvitationRequest, BeginSecondFactorRequest, ChangeStaffGroupsRequest,
    ConfirmSecondFactorRequest, InviteStaffRequest, ListStaffRequest, RemoveStaffRequest,
    StepUpRequest, staff_service_client::StaffServiceClient,
};
use kernel::UserId;
use upstream::Upstream;

use super::client::Client;
use crate::{
    edge::problem::Problem,
    model::{
        Acceptance, Enrolled, Enrollment, Invitation, Joined, NewStaffMember, ProvedSession,
        SecondFactorCode, StaffGroups, StaffMembers, required,
    },
};

/// Staff accounts and their second factor.
pub(crate) type StaffClient<'a> = Client<'a, StaffServiceClient<Upstream>>;

impl StaffClient<'_> {
    /// Makes a new secret for the caller's authenticator app.
    pub(crate) async fn begin_second_factor(mut self) -> Result<Enrollment, Problem> {
        let request = BeginSecondFactorRequest {};
        let reply = self.call.run(self.rpc.begin_second_factor(request)).await?;
        Ok(reply.into())
    }

    /// Makes the new secret count.
    pub(crate) async fn confirm_second_factor(
        mut self,
        code: SecondFactorCode,
    ) -> Result<Enrolled, Problem> {
        let request = ConfirmSecondFactorRequest { code: code.code };
        let rpc = self.rpc.confirm_second_factor(request);
        self.call.run(rpc).await?.try_into()
    }

    /// Staff and those who are invited.
    pub(crate) async fn list(mut self) -> Result<StaffMembers, Problem> {
        let reply = self
            .call
            .run(self.rpc.list_staff(ListStaffRequest {}))
            .await?;
        reply.try_into()
    }

    /// Invites the owner of an e-mail address.
    pub(crate) async fn invite(mut self, new: NewStaffMember) -> Result<Invitation, Problem> {
        let request = InviteStaffRequest {
            email: new.email,
            groups: new.groups,
        };
        self.call
            .run(self.rpc.invite_staff(request))
            .await?
            .try_into()
    }

    /// Makes the invited account staff.
    pub(crate) async fn accept(mut self, acceptance: Acceptance) -> Result<Joined, Problem> {
        let request = AcceptInvitationRequest {
            token: acceptance.token,
            password: acceptance.password,
            display_name: acceptance.display_name,
        };
        let reply = self.call.run(self.rpc.accept_invitation(request)).await?;
        Ok(Joined { email: reply.email })
    }

    /// Replaces the groups of a staff member.
    pub(crate) async fn change_groups(
        mut self,
        id: UserId,
        groups: StaffGroups,
    ) -> Result<(), Problem> {
        let request = ChangeStaffGroupsRequest {
            id: id.to_string(),
            groups: groups.groups,
        };
        self.call.run(self.rpc.change_staff_groups(request)).await?;
        Ok(())
    }

    /// Removes a staff member, or withdraws an invitation.
    pub(crate) async fn remove(mut self, id: UserId) -> Result<(), Problem> {
        let request = RemoveStaffRequest { id: id.to_string() };
        self.call.run(self.rpc.remove_staff(request)).await?;
        Ok(())
    }

    /// Proves the second factor in the caller's session.
    pub(crate) async fn step_up(
        mut self,
        code: SecondFactorCode,
    ) -> Result<ProvedSession, Problem> {
        let request = StepUpRequest { code: code.code };
        let reply = self.call.run(self.rpc.step_up(request)).await?;
        required(reply.session, "StepUpResponse.session")?.try_into()
    }
}
