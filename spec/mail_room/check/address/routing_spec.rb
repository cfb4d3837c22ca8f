# frozen_string_literal: true

RSpec.describe MailRoom::Check::Address::Routing do
  def finding(text, host: "imap.example.com")
    mailbox = build_mailbox(host: host)
    address = MailRoom::Check::Address.new(text, mailbox: mailbox, type: "incoming_email")
    described_class.new(address).findings.first
  end

  it "takes + for sub-addressing" do
    expect(finding("incoming+%{key}@example.com")).to have_attributes(outcome: "yes", advice: nil)
  end

  it "warns where Microsoft's servers do not know it" do
    expect(finding("incoming+%{key}@example.com", host: "outlook.office365.com"))
      .to have_attributes(warning?: true, advice: /AllowPlusAddressInRecipients.* Try it with --send-via/)
    expect(finding("incoming+%{key}@example.com", host: "exchange.example.com"))
      .to have_attributes(warning?: true, advice: /knows no sub-addressing/)
  end

  it "warns that everything else needs a catch-all mailbox" do
    expect(finding("incoming-%{key}@example.com"))
      .to have_attributes(warning?: true, advice: /catch-all mailbox for example.com, or a server that takes -/)
    expect(finding("%{key}@example.com"))
      .to have_attributes(warning?: true, advice: "Needs a catch-all mailbox for example.com. Try it with --send-via")
  end

  it "has nothing to say of a dedicated address" do
    expect(finding("incoming@example.com")).to be_nil
  end
end
