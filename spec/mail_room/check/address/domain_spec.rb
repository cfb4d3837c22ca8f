# frozen_string_literal: true

RSpec.describe MailRoom::Check::Address::Domain do
  def outcome(domain, host: "gitlab.hooli.com", sender: nil)
    finding = described_class.new(domain, host: host, sender: sender).finding
    finding.warning? ? "warning" : finding.outcome
  end

  it "warns of the domain that GitLab's host is below, and by which people show whose they are" do
    expect(outcome("hooli.com")).to eq("warning")
    expect(outcome("hooli.co.uk", host: "git.hooli.co.uk")).to eq("warning")
    expect(outcome("cs.example.edu", host: "gitlab.cs.example.edu")).to eq("warning")
    expect(described_class.new("hooli.com", host: "gitlab.hooli.com").finding.advice).to include("incoming.hooli.com")
  end

  it "warns of a domain that GitLab itself is at, or writes from, unless it is named after GitLab" do
    expect(outcome("hooli.com", host: "hooli.com")).to eq("warning")
    expect(outcome("hooli.com", host: "hooli-gitlab.com", sender: "noreply@Hooli.com")).to eq("warning")
    expect(outcome("hooli-gitlab.com", host: "hooli-gitlab.com", sender: "gitlab@hooli-gitlab.com")).to eq("yes")
  end

  it "has nothing against a subdomain, another domain, or a provider's" do
    expect(outcome("incoming.hooli.com", sender: "noreply@incoming.hooli.com")).to eq("yes")
    expect(outcome("gitlab.hooli.com")).to eq("yes")
    expect(outcome("hooli-mail.net")).to eq("yes")
    expect(outcome("gmail.com", host: "gmail.com")).to eq("yes")
    expect(outcome("hooli.com", host: "localhost")).to eq("yes")
  end

  it "cannot tell of a company's domain without the host" do
    expect(outcome("hooli.com", host: nil)).to eq("skipped")
    expect(outcome("incoming.hooli.com", host: nil)).to eq("yes")
  end
end
