// What can be known of an order before its first unit: a sample of certificate and items, made under a throwaway CA
// of the same name, held against every rule. So a wrong profile is refused before a device is touched.
#pragma once

#include <filesystem>

#include "cert-templates/src/issuer.h"
#include "db/src/registry.h"

namespace factory {

struct PrecheckInputs {
  base::Bytes issuer;                 // DER of the issuing CA
  cert::CertificateSet certificates;  // all but the device's
};

// From a home's CAs: the issuing one with its chain, and the CA "check-in" that the service's certificate leads to.
// kConfiguration.
base::Outcome<PrecheckInputs> precheck_inputs(const std::filesystem::path& ca_directory,
                                              const std::string& check_in_uri, const std::string& issuing_ca);

// A sample unit: its values, certificate and items.
struct Sample {
  cert::UnitValues unit;
  base::Bytes certificate;  // signed by the throwaway CA
  std::vector<cert::Item> items;
  std::vector<cert::ItemFinding> findings;
};
// kProfileField, kCa*, kLint, kItemRule, kInvalidArgument: a variable that the profile does not declare.
base::Outcome<Sample> make_sample(const db::Order& order, const cert::Profile& profile, const PrecheckInputs& inputs,
                                  int64_t now);

// Warnings, in words. Errors of make_sample; kItemRule: the first item that breaks a rule.
base::Outcome<std::vector<std::string>> precheck_order(const db::Order& order, const cert::Profile& profile,
                                                       const PrecheckInputs& inputs, int64_t now);

}  // namespace factory
