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
    expect(outcome("hooli-gitlab.com", host: "git.hooli-gitlab.com")).to eq("yes")
    expect(outcome("git-hooli.com", host: "git-hooli.com")).to eq("yes")
    expect(outcome("digital.com", host: "digital.com")).to eq("warning")
  end

  it "warns of a company's domain even where nothing of GitLab's is in it" do
    [{ host: "git.hooli-gitlab.com" }, { host: nil }].each do |known|
      expect(described_class.new("hooli.com", **known).finding)
        .to have_attributes(warning?: true, detail: /people may have addresses in it/, advice: /incoming\.hooli\.com/)
    end
    expect(outcome("hooli.co.uk")).to eq("warning")
  end

  it "has nothing against a subdomain, a provider's domain, or a name that is none" do
    expect(outcome("incoming.hooli.com", sender: "noreply@incoming.hooli.com")).to eq("yes")
    expect(outcome("gitlab.hooli.com")).to eq("yes")
    expect(outcome("incoming.hooli.com", host: nil)).to eq("yes")
    expect(outcome("gmail.com", host: "gmail.com")).to eq("yes")
    expect(outcome("localhost", host: "localhost")).to eq("yes")
  end
end
