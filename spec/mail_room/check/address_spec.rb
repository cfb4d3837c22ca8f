# frozen_string_literal: true

RSpec.describe MailRoom::Check::Address do
  def address(text, type: "incoming_email", **others)
    mailbox = build_mailbox(email: "incoming@example.com", **others.slice(:host))
    described_class.new(text, mailbox: mailbox, type: type, host: "gitlab.example.com", **others.except(:host))
  end

  def outcomes(...)
    address(...).findings.map { |finding| [finding.check, finding.warning? ? "warning" : finding.outcome] }
  end

  it "knows its parts" do
    plus = address("incoming+%{key}@Example.com")
    expect([plus.local, plus.domain, plus.before, plus.delimiter, plus.user])
      .to eq(["incoming+%{key}", "example.com", "incoming+", "+", "incoming"])
    expect(plus.with('a\0b')).to eq('incoming+a\0b@Example.com')

    { "incoming-%{key}@example.com" => ["incoming-", "-", "incoming"], "%{key}@example.com" => ["", nil, ""],
      "incoming%{key}@example.com" => ["incoming", nil, "incoming"], "incoming@x" => ["incoming", nil, "incoming"],
      "in-coming@x" => ["in-coming", nil, "in-coming"] }.each do |text, parts|
      parsed = address(text)
      expect([parsed.before, parsed.delimiter, parsed.user]).to eq(parts)
    end
  end

  it "finds nothing to say against one with sub-addressing, in a subdomain" do
    expect(outcomes("incoming+%{key}@incoming.example.com"))
      .to eq([%w[address.placeholder yes], %w[address.length yes], %w[address.routing yes], %w[address.domain yes]])
  end

  it "stops at an address that takes no key" do
    expect(outcomes("incoming@%{key}.example.com")).to eq([%w[address.placeholder no]])
  end

  it "asks a dedicated address for no more than that it takes replies only" do
    expect(outcomes("incoming@example.com")).to eq([%w[address.placeholder warning]])
  end

  it "does not guess where a message tells" do
    expect(outcomes("other-%{key}@incoming.example.com")).to include(%w[address.routing warning])
    expect(outcomes("other-%{key}@incoming.example.com", tried: true))
      .to eq([%w[address.placeholder yes], %w[address.length yes], %w[address.domain yes]])
  end

  it "knows Exchange Online by its names" do
    expect(%w[outlook.office365.com Outlook.Office365.com partner.outlook.cn imap-mail.outlook.com]
      .map { |host| address("in+%{key}@x.com", host: host).exchange_online? }).to all(be(true))
    expect(address("in+%{key}@x.com", host: "notoutlook.com").exchange_online?).to be(false)
    graph = MailRoom::Mailbox.new(graph_attributes)
    expect(described_class.new("in+%{key}@x.com", mailbox: graph, type: "incoming_email").exchange_online?).to be(true)
  end
end
