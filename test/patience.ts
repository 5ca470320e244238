/** Factor by which tests with engines wait longer: `K3D_TEST_PATIENCE`, for a slow machine. */
export const PATIENCE = Number(process.env.K3D_TEST_PATIENCE ?? "1");
