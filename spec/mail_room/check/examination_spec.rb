# frozen_string_literal: true

require "support/servers"
require "tmpdir"
require "yaml"

# Real servers are in spec/integration/check_spec.rb.
RSpec.describe MailRoom::Check::Examination do
  around { |example| Dir.mktmpdir { |folder| Dir.chdir(folder) { example.run } } }

  # @return [Array<MailRoom::Check::Finding>] of a mailbox whose server is not there
  def findings(round_trip: nil, **settings)
    attributes = mailbox_attributes(host: "127.0.0.1", port: Servers::Ports.free, **{ ssl: false, **settings })
    File.write("mail_room.yml", YAML.dump({ mailboxes: [attributes] }))
    configured = MailRoom::Check::Configured.new("mail_room.yml")
    described_class.new(configured.mailboxes.first, configured, round_trip: round_trip).findings
  end

  def one(name, **settings)
    findings(**settings).find { |finding| finding.check == name }
  end

  it "goes from the servers to the address and the settings" do
    names = findings(incoming_email: { address: "in+%{key}@incoming.example.com" }, expunge_deleted: true).map(&:check)
    expect(names).to eq(%w[imap.resolve imap.connect imap.tls imap.auth imap.login imap.select imap.flags imap.uidplus
                           imap.idle arbitration address.placeholder address.length address.routing address.domain
                           settings.deletion])
  end

  it "says that a host has no port, and is no URL" do
    %w[localhost:993 imaps://localhost imaps://localhost:993/ [::1]:993].each do |host|
      expect(one("imap.resolve", host: host)).to have_attributes(outcome: "no", advice: /\Ahost is a name only/)
    end
    expect(one("imap.resolve", host: "mail.invalid")).to have_attributes(outcome: "no", advice: /getent/)
    expect(one("imap.resolve", host: "::1")).to have_attributes(outcome: "yes", advice: nil)
  end

  it "says that a mailbox without arbitration is one process's" do
    expect(one("arbitration")).to have_attributes(outcome: "skipped", detail: /one process alone/)
    redis = { arbitration_method: "redis",
              arbitration_options: { redis_url: "redis://127.0.0.1:#{Servers::Ports.free}" } }
    expect(one("arbitration", **redis)).to be_nil
  end

  it "says where GitLab's address stands, to those who deliver to GitLab" do
    gitlab = { delivery_method: "postback",
               delivery_url: "http://127.0.0.1:1/api/v4/internal/mail_room/incoming_email" }
    expect(one("address")).to have_attributes(outcome: "skipped", advice: nil)
    expect(one("address", **gitlab)).to have_attributes(outcome: "skipped", advice: %r{config/gitlab\.yml})
  end

  it "tells what the daemon's log would say of settings" do
    expect(one("settings.remark", ssl: { verify_mode: "none" }))
      .to have_attributes(outcome: "yes", detail: /verify_mode is none/, warning?: true)
  end

  it "sends nothing to a mailbox that cannot be opened" do
    round_trip = instance_double(MailRoom::Check::RoundTrip)
    expect(findings(round_trip: round_trip).last)
      .to have_attributes(check: "sending", outcome: "skipped", detail: "needs imap.select")
  end

  it "says that GitLab's own Redis is nobody's choice, where it does not answer" do
    stub_const("ENV", ENV.to_h.except("RAILS_ENV", "RACK_ENV"))
    stub_const("MailRoom::GitLab::Redis::URL", url = "redis://127.0.0.1:#{Servers::Ports.free}") # another may answer
    %w[config log].each { |folder| Dir.mkdir(folder) }
    section = { enabled: true, address: "in+%{key}@example.com", user: "me", password: "secret", host: "127.0.0.1",
                port: Servers::Ports.free }
    File.write("config/gitlab.yml", YAML.dump({ production: { incoming_email: section } }))
    configured = MailRoom::Check::Configured.new("config/gitlab.yml")
    told = described_class.new(configured.mailboxes.first, configured).findings
                          .select { |finding| finding.check.end_with?(".redis") }
    expect(told.map(&:outcome)).to eq(%w[no no])
    expect(told.map(&:advice)).to all(start_with("GitLab takes #{url} where none of "))
  end

  it "ends no other examination by an error, and tells nothing that may be a secret" do
    configured = instance_double(MailRoom::Check::Configured)
    allow(configured).to receive(:addresses).and_raise(RegexpError, "hunter2")
    mailbox = build_mailbox(host: "127.0.0.1", port: Servers::Ports.free, ssl: false)
    expect(described_class.new(mailbox, configured).findings)
      .to match([have_attributes(check: "examination", outcome: "no", detail: "ended by RegexpError")])
  end
end
