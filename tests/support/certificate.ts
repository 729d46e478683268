/** Of `localhost`, signed by itself, good for a hundred years; of no worth anywhere else. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIURGO0Tkxj/UG36cpMQdxErYya7eAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTIwMTAxMjgzOFoYDzIxMjYxMTA3
MDEyODM4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARcaHNKXf4r5UFVw1s24/s3Vq/Izkp/Mmg0yz0OjeZTrHQe63maKTpQ
WCserW+9nAiwjBJ8j18xu/mFK4iqsi3/o2kwZzAdBgNVHQ4EFgQUkwp4lClofMqH
Qi/JtQZfokO4vP4wHwYDVR0jBBgwFoAUkwp4lClofMqHQi/JtQZfokO4vP4wDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhANKaEDL1oLS9k/oCciWysE2vYs4Jc1F0Y3iSqKipgBmxAiA7OD4dK3U5
Lf9K6OQQbuJnpzC63SENMkFszrSLPxMUew==
-----END CERTIFICATE-----
`

export const certificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYwf/WFYXyIDeJANw
f/fydGnkx1XxHBKKdQH3TUrp5GqhRANCAARcaHNKXf4r5UFVw1s24/s3Vq/Izkp/
Mmg0yz0OjeZTrHQe63maKTpQWCserW+9nAiwjBJ8j18xu/mFK4iqsi3/
-----END PRIVATE KEY-----
`
