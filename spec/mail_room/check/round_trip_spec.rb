# frozen_string_literal: true

require "support/servers"

# A message that comes is in spec/integration/check_spec.rb.
RSpec.describe MailRoom::Check::RoundTrip do
  let(:server) { Servers::Smtp.new.start }
  let(:smtp) { MailRoom::Check::Smtp.new("smtp://127.0.0.1:#{server.port}", env: {}) }
  # Where nothing ever comes.
  let(:mailbox) { build_mailbox(host: "127.0.0.1", port: Servers::Ports.free, ssl: false) }

  after { server.remove }

  # @param read [MailRoom::Mailbox] what the address is that of
  def findings(address, mailbox: self.mailbox, read: mailbox, **options)
    address &&= MailRoom::Check::Address.new(address, mailbox: read, type: "incoming_email")
    described_class.new(smtp, seconds: 1, **options)
                   .findings(mailbox, MailRoom::Mailbox::Settings.new(mailbox).to_json, address)
  end

  it "sends what GitLab drops without a word, with a key as long as that of a reply" do
    findings("in+%{key}@example.com")
    key = server.mails.first[/^To: <in\+(.*)@example\.com>\r$/, 1]
    expect(key).to match(/\Amail-room-check-\h{16}\z/)
    expect(server.mails.first.lines("\r\n", chomp: true))
      .to include("Auto-Submitted: auto-generated", "Message-ID: <#{key}@example.com>")
    expect(server.commands).to include("MAIL FROM:<in+#{key}@example.com>", "RCPT TO:<in+#{key}@example.com>")
    message = MailRoom::Email.parse(server.mails.first)
    expect([message.auto_generated?, message.subject]).to eq([true, "Check of mail_room"])
  end

  it "is sent by whom it is said to be" do
    findings("in+%{key}@example.com", from: "me@example.org")
    expect(server.commands).to include("MAIL FROM:<me@example.org>")
    expect(server.mails.first).to include("\r\nFrom: <me@example.org>\r\n")
  end

  it "goes to the login name where GitLab's address is not known, if that is an address" do
    findings(nil)
    expect(server.commands).to include("RCPT TO:<support@example.com>")
    ["incoming", "büro@example.com", "a b@example.com"].each do |login|
      told = findings(nil, mailbox: build_mailbox(email: login))
      expect(told).to match([have_attributes(check: "sending", outcome: "skipped")])
    end
  end

  {
    ["in+%{key}@example.com", "imap.example.com"] => /\AIs sub-addressing on in the mail server/,
    ["in+%{key}@example.com", "outlook.office365.com"] => /\AIs sub-addressing on: Set-OrganizationConfig/,
    ["in-%{key}@example.com", "imap.example.com"] => /\AIs there a catch-all mailbox for example\.com/
  }.each do |(text, host), advice|
    it "says what may be the reason when #{text} does not arrive at #{host}" do
      told = findings(text, read: build_mailbox(host: host)).last
      expect(told).to have_attributes(check: "arrival", outcome: "no", detail: /refused/, advice: advice)
    end
  end

  it "waits for nothing that was not sent" do
    server.remove
    expect(findings("in+%{key}@example.com").map { |finding| [finding.check, finding.outcome] })
      .to eq([%w[sending no], %w[arrival skipped]])
  end
end
