# frozen_string_literal: true

RSpec.describe MailRoom::IncomingEmail::Token do
  {
    "acme-website-42-Zx8kQm3vTpLw-issue" => "acme-website-42-Zx8k…-issue",
    "incoming+acme-website-42-Zx8kQm3vTpLw-issue-7@example.com" => "incoming+acme-website-42-Zx8k…-issue-7@example.com",
    "<INCOMING+acme-1-web-42-Zx8kQm3vTpLw-MERGE-request@x>" => "<INCOMING+acme-1-web-42-Zx8k…-MERGE-request@x>",
    "incoming+acme/website+Zx8kQm3vTpLw@example.com" => "incoming+acme/website+Zx8k…@example.com",
    "acme/website+merge-request+Zx8kQm3vTpLw" => "acme/website+merge-request+Zx8k…",
    "To: in+acme-42-Zx8kQm3vTpLw-issue@x.org is of" => "To: in+acme-42-Zx8k…-issue@x.org is of",
    "acme-website-42-Zx8kQm3vTpLw9RbN@example.com" => "acme-website-42-Zx8k…@example.com",
    "acme-website-42-glimt-Zx8kQm3vTpLw9RbN" => "acme-website-42-glim…",
    "acme-42-short-issue" => "acme-42-…-issue",
    "acme-1-web-42-issue-" => "acme-1-web-42-issue-",
    "4b1c9e7702d35fa8c6e01a94d7f3b285" => "4b1c9e7702d35fa8c6e01a94d7f3b285"
  }.each do |text, masked|
    it "shows #{text} as #{masked}" do
      expect(described_class.mask(text)).to eq(masked)
    end
  end

  it "finds a token that is known anywhere" do
    expect(described_class.mask("a Zx8kQm3vTpLw b Zx8kQm3vTpLw", "Zx8kQm3vTpLw")).to eq("a Zx8k… b Zx8k…")
    expect(described_class.mask("Zx8kQm3vTpLw", "Zx8kQm3vTpLw")).to eq("Zx8k…")
  end

  it "cuts what is too long to be an address" do
    expect(described_class.mask("-1" * 5_000_000).size).to eq(1001)
  end

  it "does not look for a short token in other text" do
    expect(described_class.mask("incoming", "in")).to eq("incoming")
    expect(described_class.mask("in", "in")).to eq("…")
    expect(described_class.mask("", "")).to eq("")
  end
end
