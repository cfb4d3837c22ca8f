# frozen_string_literal: true

RSpec.describe MailRoom::Check::Neighbours do
  def checked(*settings)
    addresses = settings.to_h do |one|
      text = one.delete(:address)
      mailbox = build_mailbox(**one)
      [mailbox, (MailRoom::Check::Address.new(text, mailbox: mailbox, type: "incoming_email") if text)]
    end
    neighbours = described_class.new(addresses.compare_by_identity)
    addresses.keys.map { |mailbox| neighbours.findings(mailbox).map { |finding| [finding.check, finding.outcome] } }
  end

  it "finds an address that two mailboxes have" do
    expect(checked({ address: "in+%{key}@example.com" }, { name: "desk", address: "In+%{key}@example.com" },
                   { name: "third" })).to eq([[%w[address.unique no]], [%w[address.unique no]], []])
  end

  it "finds a quarantine that two mailboxes share" do
    expect(checked({ quarantine_mailbox: "Failed" }, { name: "desk", quarantine_mailbox: "Failed" }))
      .to all(eq([%w[settings.quarantine yes]]))
    expect(checked({ quarantine_mailbox: "Failed" }, { email: "other@example.com", quarantine_mailbox: "Failed" }))
      .to all(eq([]))
  end

  it "has nothing to say of two addresses, nor of mailboxes without" do
    expect(checked({ address: "in+%{key}@example.com" }, { name: "desk", address: "desk+%{key}@example.com" }, {}, {}))
      .to all(eq([]))
  end
end
