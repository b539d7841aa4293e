//! The table: every row of service.md section 18, spelled once.

use super::row::{Row, switches};
use super::value::{AtMost, Lifetime, Text, Value, Word};
use std::time::Duration;

switches! {
    /// Which shape a denied tool call has.
    1, "compat.deny-shape", "11.4" => deny_shape: DenyShape {
        /// A result with `isError`.
        Documented = "documented",
        /// The JSON-RPC error -32002.
        JsonrpcError = "jsonrpc-error",
    };
    /// Which reason a denial by default gives.
    2, "compat.deny-reason-text", "11.4" => deny_reason_text: DenyReasonText {
        /// `No policy applies to the request (denied by default).`
        Documented = "documented",
        /// `Policy evaluation denied due to no determining policies`
        Legacy = "legacy",
    };
    /// What stands between several policy ids in a denial.
    3, "compat.deny-id-separator", "11.4" => deny_id_separator: Text = Text::of(", ");
    /// Digits of the fraction in timestamps.
    4, "compat.timestamp-fraction", "2.3" => timestamp_fraction: TimestampFraction {
        /// Six digits.
        Microseconds = "microseconds",
        /// No fraction.
        Seconds = "seconds",
    };
    /// What an unsigned request is told when signatures are verified.
    5, "compat.unsigned-request", "2.8" => unsigned_request: UnsignedRequest {
        /// 403 `MissingAuthenticationTokenException`.
        MissingToken = "missing-authentication-token",
        /// 403 `AccessDeniedException`.
        AccessDenied = "access-denied",
    };
    /// What a request to no operation is told.
    6, "compat.unknown-route", "2.8" => unknown_route: UnknownRoute {
        /// 404 `UnknownOperationException`.
        UnknownOperation = "unknown-operation",
        /// 403 `MissingAuthenticationTokenException`, as Amazon API Gateway answers.
        MissingToken = "missing-authentication-token",
    };
    /// Order of lists; newest first, each page costs a look at the whole list.
    7, "compat.list-order", "2.9" => list_order: ListOrder {
        /// By `createdAt`, then id.
        Oldest = "oldest-first",
        /// The other way round.
        Newest = "newest-first",
    };
    /// How long a page token is good; a bad one is a 400 `ValidationException`.
    8, "compat.page-token", "2.9" => page_token: Lifetime = Lifetime::FOR_EVER;
    /// Page size of a list of engines, policies, generations, assets or summaries that was asked without one.
    9, "compat.policy-page-size", "2.9" => policy_page_size: AtMost<100> = AtMost::new(10);
    /// Page size of a list of gateways or targets that was asked without one.
    10, "compat.gateway-page-size", "2.9" => gateway_page_size: AtMost<1000> = AtMost::new(100);
    /// What a request that breaks several constraints is told.
    11, "compat.multi-violation-text", "2.7" => multi_violation_text: MultiViolationText {
        /// Their number, then all of them, joined with `; `.
        All = "all",
        /// The first one alone.
        First = "first",
    };
    /// What an asset's id begins with, before `-` and ten random characters.
    12, "compat.asset-id-prefix", "3" => asset_id_prefix: Text = Text::of("asset");
    /// Which status the answer to an update or a delete shows.
    13, "compat.mutation-response-status", "4.1" => mutation_response_status: MutationResponseStatus {
        /// The one that begins: `UPDATING`, `DELETING`.
        Transitional = "transitional",
        /// The one that was before, such as `ACTIVE`.
        Previous = "previous",
    };
    /// Deleting an engine that is attached to a gateway.
    14, "compat.delete-attached-engine", "4.4" => delete_attached_engine: DeleteAttachedEngine {
        /// 409 `ConflictException`.
        Conflict = "conflict",
        /// Done; the gateway keeps an ARN of nothing.
        Allowed = "allowed",
    };
    /// Whether a generation keeps its engine from being deleted.
    15, "compat.generations-block-delete", "4.5" => generations_block_delete: GenerationsBlockDelete {
        /// It does not.
        No = "no",
        /// 409 `ConflictException`.
        Yes = "yes",
    };
    /// Changes of and in an engine that is `CREATING` or `UPDATING`; in one that is `DELETING` nothing can be changed.
    16, "compat.engine-busy-conflict", "4.6" => engine_busy_conflict: EngineBusyConflict {
        /// 409 `ConflictException` for every change.
        All = "all",
        /// 409 only for `CreatePolicy` in an engine that is `CREATING`, as observed.
        Observed = "observed",
    };
    /// Changes of a policy that is `CREATING` or `UPDATING`; one that is `DELETING` cannot be changed.
    17, "compat.policy-busy-conflict", "5.11, 7.4" => policy_busy_conflict: PolicyBusyConflict {
        /// 409 `ConflictException` for every change.
        All = "all",
        /// 409 only for `DeletePolicy` of a policy that is `CREATING`, as observed.
        Observed = "observed",
    };
    /// Creating a policy while another of its engine is `CREATING`.
    18, "compat.parallel-create", "5.2" => parallel_create: ParallelCreate {
        /// Done; they are validated one after the other.
        Allowed = "allowed",
        /// 409 `ConflictException`.
        Conflict = "conflict",
    };
    /// Which statement a policy shows in `UPDATE_FAILED`; the one before stays in force.
    19, "compat.update-failed-definition", "5.4" => update_failed_definition: UpdateFailedDefinition {
        /// The one that was rejected.
        Rejected = "rejected",
        /// The one that is in force.
        Previous = "previous",
    };
    /// What is enforced while a policy is `UPDATING`.
    20, "compat.enforce-while-updating", "5.4" => enforce_while_updating: EnforceWhileUpdating {
        /// The statement that was ACTIVE before.
        Previous = "previous",
        /// Nothing.
        Nothing = "nothing",
    };
    /// What a policy that was made from an asset shows as its definition.
    21, "compat.generated-definition-echo", "5.6" => generated_definition_echo: GeneratedDefinitionEcho {
        /// The asset's statement under the asset's member.
        Resolved = "resolved",
        /// The reference to the asset.
        Reference = "reference",
    };
    /// What `targetResourceScope` leaves in a list.
    22, "compat.target-resource-scope", "5.8" => target_resource_scope: TargetResourceScope {
        /// Policies of that resource and those of its type.
        WithTypeLevel = "with-type-level",
        /// Policies of that resource only.
        Exact = "exact",
    };
    /// Annotations in statements.
    23, "compat.statement-annotations", "5.9" => statement_annotations: StatementAnnotations {
        /// Kept in the text that is shown.
        Accepted = "accepted",
        /// 400 `ValidationException`.
        Refused = "refused",
    };
    /// Which gateways' tools a policy is validated against, next to the fixed actions.
    24, "compat.schema-source", "6.4" => schema_source: SchemaSource {
        /// Those of the gateway it names and of all that the engine is attached to.
        NamedAndAttached = "named-and-attached",
        /// Those of all gateways that the engine is attached to.
        Attached = "attached",
    };
    /// Whether policies are judged again when tools change or the engine is attached to a further gateway.
    25, "compat.revalidate-on-tool-change", "6.4" => revalidate_on_tool_change: RevalidateOnToolChange {
        /// Never; they stay ACTIVE and stop matching.
        Never = "never",
        /// Each time, before the target or the gateway settles: one that is in force and not good any more ends in
        /// `UPDATE_FAILED`, one that is good again in `ACTIVE`.
        Always = "always",
    };
    /// A client token that comes again with other parameters.
    26, "compat.token-mismatch", "7.2" => token_mismatch: TokenMismatch {
        /// 400 `ValidationException`, reason `IdempotentParameterMismatchException`.
        Validation = "validation",
        /// 409 `ConflictException`.
        Conflict = "conflict",
    };
    /// How long a client token is remembered: it gives the same ids again, in their state of now.
    27, "compat.token-replay", "7.2" => token_replay: Lifetime = Lifetime::of(Duration::from_hours(24));
    /// Where a policy's name is unique; holds for policies that are made from then on.
    28, "compat.policy-name-scope", "7.3" => policy_name_scope: PolicyNameScope {
        /// In the account.
        Account = "account",
        /// In its engine.
        Engine = "engine",
    };
    /// What a create with a name in use is told; `{resource}` stands for what it is, such as `Policy engine`.
    29, "compat.duplicate-name-text", "7.3" => duplicate_name_text: Text
        = Text::of("{resource} with the same name already exists");
    /// Which decides when client token and name are both known.
    30, "compat.token-before-name", "7.3" => token_before_name: TokenBeforeName {
        /// The token: the answer is repeated.
        Token = "token",
        /// The name: 409 `ConflictException`.
        Name = "name",
    };
    /// A generation for a gateway that does not exist; a malformed ARN is a 400 `ValidationException`.
    31, "compat.generation-bad-resource", "8.2" => generation_bad_resource: GenerationBadResource {
        /// 404 `ResourceNotFoundException`.
        NotFound = "not-found",
        /// 400 `ValidationException`.
        Validation = "validation",
    };
    /// The `findings` string of a generation.
    32, "compat.generation-findings", "8.3" => generation_findings: GenerationFindings {
        /// Left out.
        Omitted = "omitted",
        /// How many assets have which finding.
        Counts = "counts",
    };
    /// When a generation ends in `GENERATE_FAILED`.
    33, "compat.generate-failed", "8.6" => generate_failed: GenerateFailed {
        /// When the author itself fails, or a fault script asks for it.
        Author = "author",
        /// Also when no fragment could be translated.
        Untranslated = "untranslated",
    };
    /// What is left of a generation after 7 days.
    34, "compat.generation-retention", "8.10" => generation_retention: GenerationRetention {
        /// The generation, without assets.
        Kept = "kept",
        /// Nothing.
        Removed = "removed",
    };
    /// Attaching an engine that does not exist.
    35, "compat.attach-unknown-engine", "9.4" => attach_unknown_engine: AttachUnknownEngine {
        /// 400 `ValidationException`.
        Validation = "validation",
        /// 404 `ResourceNotFoundException`.
        NotFound = "not-found",
    };
    /// `http` targets on a gateway without `protocolType`; with MCP they are refused.
    36, "compat.http-target-without-protocol", "9.6"
        => http_target_without_protocol: HttpTargetWithoutProtocol {
        /// Accepted.
        Accepted = "accepted",
        /// Refused as with MCP.
        Refused = "refused",
    };
    /// A target without a name.
    37, "compat.target-name-omitted", "9.8" => target_name_omitted: TargetNameOmitted {
        /// 400 `ValidationException`.
        Refused = "refused",
        /// It is named after its id.
        Generated = "generated",
    };
    /// Which tools a target with listing mode DYNAMIC has in the schema.
    38, "compat.dynamic-listing-schema", "9.9" => dynamic_listing_schema: DynamicListingSchema {
        /// Those of the last listing that succeeded.
        LastListing = "last-listing",
        /// None.
        Nothing = "nothing",
    };
    /// What becomes of a claim that is no string.
    39, "compat.claim-to-tag", "10.1" => claim_to_tag: ClaimToTag {
        /// A tag with its value as compact JSON.
        Json = "json",
        /// No tag.
        Omitted = "omitted",
    };
    /// The principal on a gateway without an authorizer.
    40, "compat.principal-none", "11.2" => principal_none: PrincipalNone {
        /// `AgentCore::UnauthenticatedUser`; statements with a bare `principal` apply.
        Unauthenticated = "unauthenticated-user",
        /// `AgentCore::IamEntity` of the gateway's role.
        GatewayRole = "gateway-role",
    };
    /// The principal on a gateway that only authenticates.
    41, "compat.principal-authenticate-only", "11.2"
        => principal_authenticate_only: PrincipalAuthenticateOnly {
        /// `AgentCore::IamEntity` of the signer.
        Signer = "signer",
        /// `AgentCore::UnauthenticatedUser`.
        Unauthenticated = "unauthenticated-user",
    };
    /// The id of an IAM user or of the root user as a principal.
    42, "compat.iam-principal-id", "11.2" => iam_principal_id: IamPrincipalId {
        /// Its ARN.
        Arn = "arn",
        /// Its unique id.
        UniqueId = "unique-id",
    };
    /// A call of a tool that does not exist.
    43, "compat.unknown-tool", "11.2" => unknown_tool: UnknownTool {
        /// The JSON-RPC error -32602, without an evaluation.
        InvalidParams = "invalid-params",
        /// Denied like a tool that no policy permits.
        Denied = "denied",
    };
    /// A policy whose evaluation ends in an error.
    44, "compat.mismatched-policy", "11.3" => mismatched_policy: MismatchedPolicy {
        /// Skipped, as Cedar has it, and listed as mismatched.
        Skipped = "skipped",
        /// Denies.
        Denies = "denies",
    };
    /// `tools/list` on a gateway in LOG_ONLY.
    45, "compat.log-only-listing", "11.8" => log_only_listing: LogOnlyListing {
        /// All tools.
        Unfiltered = "unfiltered",
        /// The tools that could be called in ENFORCE.
        Filtered = "filtered",
    };
    /// How long a change takes to reach the gateway.
    46, "compat.propagation-delay", "11.9" => propagation_delay: Lifetime
        = Lifetime::of(Duration::ZERO);
    /// What is told when a quota or a rate is exceeded.
    47, "compat.quota-text", "13" => quota_text: QuotaText {
        /// Which one, and how much it is.
        Full = "full",
        /// `Service quota exceeded` and `Rate exceeded`.
        Short = "short",
    };
    /// Whether the rates of service.md section 13 hold.
    47, "limits.enforce-rates", "13" => enforce_rates: EnforceRates {
        /// Every request is served.
        Off = "off",
        /// 429 `ThrottlingException` beyond the rate of an operation.
        On = "on",
    };
    /// Whether the size of all policies for one resource in an engine is bounded; the other quotas always are.
    47, "limits.enforce-policy-size", "13" => enforce_policy_size: EnforcePolicySize {
        /// 402 `ServiceQuotaExceededException` beyond 200 KB.
        On = "on",
        /// As many policies as an engine may have, each as large as it may be.
        Off = "off",
    };
    /// Dogwood beyond Cedar under `definition.policy`; 400 `ValidationException`.
    48, "compat.dogwood-extensions", "15.5" => dogwood_extensions: DogwoodExtensions {
        /// With a text that names what is not supported.
        Named = "named",
        /// With the text of a syntax error.
        Syntax = "syntax-error",
    };
    /// Tagging engines and policies after their creation.
    49, "compat.tag-policy-engines", "16" => tag_policy_engines: TagPolicyEngines {
        /// Supported.
        Supported = "supported",
        /// 400 `ValidationException`.
        Refused = "refused",
    };
    /// How a finding names the gateway.
    50, "compat.finding-resource-text", "6.5" => finding_resource_text: FindingResourceText {
        /// `gateway/` and its id.
        Id = "id",
        /// Its ARN.
        Arn = "arn",
    };
    /// How the errors of a statement under `definition.cedar` are laid out in `statusReasons`.
    51, "compat.status-reason-layout", "6.3" => status_reason_layout: StatusReasonLayout {
        /// As measured for `definition.policy`, with position, source and help.
        Positioned = "positioned",
        /// The message alone.
        Message = "message",
    };
    /// A call under a temporal policy without the session header; temporal policies are refused, so that there is none.
    52, "compat.missing-policy-session", "15.3", unread => missing_policy_session: MissingPolicySession {
        /// A JSON-RPC error with HTTP 400.
        BadRequest = "http-400",
        /// A JSON-RPC error with HTTP 200.
        Ok = "http-200",
    };
}
