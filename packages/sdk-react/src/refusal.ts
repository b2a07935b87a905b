export { isRefused } from '@parlour/sdk/refusal';
