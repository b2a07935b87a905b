export { isRefused, refuseHere } from '@parlour/sdk/refusal';
