/** Squared distances below this are float32 noise between equal unit vectors. */
export const sameSquared = 1e-6
