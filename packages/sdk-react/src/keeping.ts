export { isMuted } from '@parlour/sdk/keeping';
