package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// tenantClaims are the names under which a token carries its tenant.
var tenantClaims = []string{"tid", "http://schemas.microsoft.com/identity/claims/tenantid"}

// check applies all rules that need no key and returns how the token's
// signature is to be checked and which audience was accepted. What it reads is
// not proven yet, so it must not be used for anything else.
func (v *Verifier) check(claims jwt.MapClaims) (trust, string, error) {
	if err := v.times.Validate(claims); err != nil {
		return trust{}, "", err
	}
	issuer, err := claims.GetIssuer()
	if err != nil {
		return trust{}, "", err
	}
	t, ok := v.issuers[strings.ToLower(issuer)]
	if !ok && v.anyTenant != nil && v.anyTenant.MatchString(issuer) {
		t, ok = v.entra, true
	}
	if !ok {
		return trust{}, "", fmt.Errorf("issuer %.200q is not accepted; see TokenValidation__TenantId and __ValidIssuers", issuer)
	}
	audience, err := v.audience(claims)
	if err != nil || t.bot {
		return t, audience, err
	}
	if err := checkTenant(claims, issuer); err != nil {
		return trust{}, "", err
	}
	return t, audience, v.checkCaller(claims)
}

func (v *Verifier) audience(claims jwt.MapClaims) (string, error) {
	audiences, err := claims.GetAudience()
	if err != nil {
		return "", err
	}
	for _, a := range audiences {
		if slices.Contains(v.audiences, a) {
			return a, nil
		}
	}
	return "", fmt.Errorf("the token is for %.200q, not for this agent; see TokenValidation__Audiences", audiences)
}

// checkTenant compares the tenant in the issuer with the one that the token
// names, if it does. An issuer that names none was listed by the operator.
func checkTenant(claims jwt.MapClaims, issuer string) error {
	tenant := firstSegment(issuer)
	if !isGUID(tenant) {
		return nil
	}
	for _, name := range tenantClaims {
		claim, present := claims[name]
		if tid, ok := claim.(string); present && !(ok && strings.EqualFold(tid, tenant)) {
			return fmt.Errorf("the token of issuer %q has tenant %.100q", issuer, fmt.Sprint(claim))
		}
	}
	return nil
}

func (v *Verifier) checkCaller(claims jwt.MapClaims) error {
	if len(v.callers) == 0 {
		return nil
	}
	caller, _ := claims["azp"].(string)
	if caller == "" {
		caller, _ = claims["appid"].(string)
	}
	if caller == "" {
		return errors.New("the token names no calling app (azp or appid), and only listed ones may call")
	}
	if !slices.ContainsFunc(v.callers, func(c string) bool { return strings.EqualFold(c, caller) }) {
		return fmt.Errorf("caller %.100q is not listed in TokenValidation__AllowedCallers", caller)
	}
	return nil
}

// scalars are the claims with one plain value, spelled as in the token.
func scalars(claims jwt.MapClaims, audience string) map[string]string {
	plain := make(map[string]string, len(claims))
	for name, value := range claims {
		switch value := value.(type) {
		case string:
			plain[name] = value
		case json.Number:
			plain[name] = value.String()
		case bool:
			plain[name] = strconv.FormatBool(value)
		}
	}
	plain["aud"] = audience
	return plain
}
