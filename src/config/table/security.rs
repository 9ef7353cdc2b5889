//! Broker keys of TLS, SASL, tokens and authorization.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static BROKER_SECURITY: &[Key] = keys! {
    "authorizer.class.name" String Is(""), Any, ReadOnly, Refused,
        "Who decides what a principal may do.";
    "principal.builder.class" Class Is("org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder"),
        Any, PerBroker, Refused,
        "The Java class that names a connection's principal.";
    "security.providers" String Null, Any, ReadOnly, Refused,
        "Java security providers.";
    "delegation.token.secret.key" Password Null, Any, ReadOnly, Refused,
        "The secret that delegation tokens are signed with.";
    "delegation.token.max.lifetime.ms" Long Is("604800000"), AtLeast(1), ReadOnly, Stored,
        "The longest life of a delegation token.";
    "delegation.token.expiry.time.ms" Long Is("86400000"), AtLeast(1), ReadOnly, Stored,
        "How long a delegation token is valid before it has to be renewed.";
    "delegation.token.expiry.check.interval.ms" Long Is("3600000"), AtLeast(1), ReadOnly, Stored,
        "How often expired delegation tokens are looked for.";
    "sasl.enabled.mechanisms" List Is("GSSAPI"), Items, PerBroker, Refused,
        "The SASL mechanisms that clients may use.";
    "sasl.mechanism.inter.broker.protocol" String Is("GSSAPI"), Any, PerBroker, Refused,
        "The SASL mechanism between brokers.";
    "sasl.mechanism.controller.protocol" String Is("GSSAPI"), Any, ReadOnly, Refused,
        "The SASL mechanism towards controllers.";
    "sasl.jaas.config" Password Null, Any, PerBroker, Refused,
        "Login modules and credentials of a SASL mechanism.";
    "sasl.client.callback.handler.class" Class Null, Any, ReadOnly, Refused,
        "A Java class of SASL clients.";
    "sasl.login.callback.handler.class" Class Null, Any, ReadOnly, Refused,
        "A Java class of SASL logins.";
    "sasl.server.callback.handler.class" Class Null, Any, ReadOnly, Refused,
        "A Java class of SASL servers.";
    "sasl.login.class" Class Null, Any, ReadOnly, Refused,
        "A Java class that logs in.";
    "sasl.login.connect.timeout.ms" Int Null, Any, ReadOnly, Refused,
        "How long a login may take to connect to its authority.";
    "sasl.login.read.timeout.ms" Int Null, Any, ReadOnly, Refused,
        "How long a login may wait for its authority's answer.";
    "sasl.login.retry.backoff.ms" Long Is("100"), Any, ReadOnly, Refused,
        "How long until a failed login is tried again.";
    "sasl.login.retry.backoff.max.ms" Long Is("10000"), Any, ReadOnly, Refused,
        "The longest such pause.";
    "sasl.login.refresh.buffer.seconds" Short Is("300"), Any, PerBroker, Refused,
        "How long before its end a credential is renewed at the latest.";
    "sasl.login.refresh.min.period.seconds" Short Is("60"), Any, PerBroker, Refused,
        "The least time between two renewals.";
    "sasl.login.refresh.window.factor" Double Is("0.8"), Any, PerBroker, Refused,
        "At which share of its life a credential is renewed.";
    "sasl.login.refresh.window.jitter" Double Is("0.05"), Any, PerBroker, Refused,
        "How much chance moves that moment.";
    "sasl.server.max.receive.size" Int Is("524288"), Any, ReadOnly, Refused,
        "The largest message of a SASL exchange.";
    "sasl.kerberos.kinit.cmd" String Is("/usr/bin/kinit"), Any, PerBroker, Refused,
        "Where kinit is.";
    "sasl.kerberos.min.time.before.relogin" Long Is("60000"), Any, PerBroker, Refused,
        "The least time between two Kerberos logins.";
    "sasl.kerberos.principal.to.local.rules" List Is("DEFAULT"), Items, PerBroker, Refused,
        "How Kerberos principals become short names.";
    "sasl.kerberos.service.name" String Null, Any, PerBroker, Refused,
        "The Kerberos name of the service.";
    "sasl.kerberos.ticket.renew.jitter" Double Is("0.05"), Any, PerBroker, Refused,
        "How much chance moves the renewal of a ticket.";
    "sasl.kerberos.ticket.renew.window.factor" Double Is("0.8"), Any, PerBroker, Refused,
        "At which share of its life a ticket is renewed.";
    "sasl.oauthbearer.assertion.algorithm" String Is("RS256"),
        OneOfAnyCase(&["ES256", "RS256"]), ReadOnly, Refused,
        "How OAuth assertions are signed.";
    "sasl.oauthbearer.assertion.claim.aud" String Null, Any, ReadOnly, Refused,
        "The audience of OAuth assertions.";
    "sasl.oauthbearer.assertion.claim.exp.seconds" Int Is("300"), Between(0, 86_400), ReadOnly, Refused,
        "How long an OAuth assertion is valid.";
    "sasl.oauthbearer.assertion.claim.iss" String Null, Any, ReadOnly, Refused,
        "The issuer of OAuth assertions.";
    "sasl.oauthbearer.assertion.claim.jti.include" Boolean Is("false"), Any, ReadOnly, Refused,
        "Whether OAuth assertions carry an id.";
    "sasl.oauthbearer.assertion.claim.nbf.seconds" Int Is("60"), Between(0, 3_600), ReadOnly, Refused,
        "How far back an OAuth assertion is valid.";
    "sasl.oauthbearer.assertion.claim.sub" String Null, Any, ReadOnly, Refused,
        "The subject of OAuth assertions.";
    "sasl.oauthbearer.assertion.file" String Null, Any, ReadOnly, Refused,
        "A file with a finished OAuth assertion.";
    "sasl.oauthbearer.assertion.private.key.file" String Null, Any, ReadOnly, Refused,
        "The key that OAuth assertions are signed with.";
    "sasl.oauthbearer.assertion.private.key.passphrase" Password Null, Any, ReadOnly, Refused,
        "The passphrase of that key.";
    "sasl.oauthbearer.assertion.template.file" String Null, Any, ReadOnly, Refused,
        "A file with further claims of OAuth assertions.";
    "sasl.oauthbearer.client.credentials.client.id" String Null, Any, ReadOnly, Refused,
        "The client id at the token endpoint.";
    "sasl.oauthbearer.client.credentials.client.secret" Password Null, Any, ReadOnly, Refused,
        "The client secret at the token endpoint.";
    "sasl.oauthbearer.clock.skew.seconds" Int Is("30"), Any, ReadOnly, Refused,
        "How far the clocks of broker and issuer may differ.";
    "sasl.oauthbearer.expected.audience" List Is(""), Items, ReadOnly, Refused,
        "The audiences that tokens may be for.";
    "sasl.oauthbearer.expected.issuer" String Null, Any, ReadOnly, Refused,
        "The issuer that tokens must come from.";
    "sasl.oauthbearer.jwks.endpoint.refresh.ms" Long Is("3600000"), Any, ReadOnly, Refused,
        "How often the issuer's keys are fetched again.";
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms" Long Is("100"), Any, ReadOnly, Refused,
        "How long until a failed fetch of keys is tried again.";
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms" Long Is("10000"), Any, ReadOnly, Refused,
        "The longest such pause.";
    "sasl.oauthbearer.jwks.endpoint.url" String Null, Any, ReadOnly, Refused,
        "Where the issuer's keys are.";
    "sasl.oauthbearer.jwt.retriever.class" Class Is("org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever"),
        Any, ReadOnly, Refused,
        "A Java class that fetches tokens.";
    "sasl.oauthbearer.jwt.validator.class" Class Is("org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator"),
        Any, ReadOnly, Refused,
        "A Java class that checks tokens.";
    "sasl.oauthbearer.scope" String Null, Any, ReadOnly, Refused,
        "The scope that tokens are asked for.";
    "sasl.oauthbearer.scope.claim.name" String Is("scope"), Any, ReadOnly, Refused,
        "The claim that holds the scope.";
    "sasl.oauthbearer.sub.claim.name" String Is("sub"), Any, ReadOnly, Refused,
        "The claim that holds the subject.";
    "sasl.oauthbearer.token.endpoint.url" String Null, Any, ReadOnly, Refused,
        "Where tokens are fetched.";
    "ssl.allow.dn.changes" Boolean Is("false"), Any, ReadOnly, Refused,
        "Whether a renewed certificate may name somebody else.";
    "ssl.allow.san.changes" Boolean Is("false"), Any, ReadOnly, Refused,
        "Whether a renewed certificate may stand for other hosts.";
    "ssl.cipher.suites" List Is(""), Items, PerBroker, Refused,
        "The TLS cipher suites that are allowed.";
    "ssl.client.auth" String Is("none"), OneOf(&["required", "requested", "none"]), PerBroker, Refused,
        "Whether clients must show a certificate.";
    "ssl.enabled.protocols" List Is("TLSv1.2,TLSv1.3"), Items, PerBroker, Refused,
        "The TLS versions that are allowed.";
    "ssl.endpoint.identification.algorithm" String Is("https"), Any, PerBroker, Refused,
        "How the name in a server's certificate is checked.";
    "ssl.engine.factory.class" Class Null, Any, PerBroker, Refused,
        "A Java class that makes TLS engines.";
    "ssl.key.password" Password Null, Any, PerBroker, Refused,
        "The passphrase of the private key.";
    "ssl.keymanager.algorithm" String Is("SunX509"), Any, PerBroker, Refused,
        "The Java algorithm of key managers.";
    "ssl.keystore.certificate.chain" Password Null, Any, PerBroker, Refused,
        "The certificate chain, as PEM text.";
    "ssl.keystore.key" Password Null, Any, PerBroker, Refused,
        "The private key, as PEM text.";
    "ssl.keystore.location" String Null, Any, PerBroker, Refused,
        "The file with key and certificates.";
    "ssl.keystore.password" Password Null, Any, PerBroker, Refused,
        "The password of that file.";
    "ssl.keystore.type" String Is("JKS"), Any, PerBroker, Refused,
        "The format of that file: JKS, PKCS12 or PEM.";
    "ssl.principal.mapping.rules" String Is("DEFAULT"), Any, ReadOnly, Refused,
        "How names in certificates become principals.";
    "ssl.protocol" String Is("TLSv1.3"), Any, PerBroker, Refused,
        "The TLS version that contexts are made with.";
    "ssl.provider" String Null, Any, PerBroker, Refused,
        "The Java security provider of TLS.";
    "ssl.secure.random.implementation" String Null, Any, PerBroker, Refused,
        "The Java source of randomness of TLS.";
    "ssl.trustmanager.algorithm" String Is("PKIX"), Any, PerBroker, Refused,
        "The Java algorithm of trust managers.";
    "ssl.truststore.certificates" Password Null, Any, PerBroker, Refused,
        "The trusted certificates, as PEM text.";
    "ssl.truststore.location" String Null, Any, PerBroker, Refused,
        "The file with trusted certificates.";
    "ssl.truststore.password" Password Null, Any, PerBroker, Refused,
        "The password of that file.";
    "ssl.truststore.type" String Is("JKS"), Any, PerBroker, Refused,
        "The format of that file: JKS, PKCS12 or PEM.";
};
