export {
  approvalKinds, APPROVAL_OPEN_MS, decideApproval, loadApprovals, requestApproval,
  type Approval, type ApprovalKind, type ApprovalKinds, type ApprovalRequest, type ApprovalState, type Decision, type DecisionRejection,
} from './approvals.ts';
