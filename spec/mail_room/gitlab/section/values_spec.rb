# frozen_string_literal: true

RSpec.describe MailRoom::GitLab::Section::Values do
  def read(**settings)
    described_class.new(settings, ->(key) { "production.incoming_email.#{key}" }).to_h
  end

  it "makes of text and numbers what GitLab's template makes of them" do
    expect(read(port: "993", idle_timeout: "60", ssl: "true", start_tls: "false", user: 5))
      .to eq(port: 993, idle_timeout: 60, ssl: true, start_tls: false, user: "5")
  end

  it "warns of a password that is a number, which may be another than it looks" do
    expect { expect(read(password: 0o123)).to eq(password: "83") }
      .to output("mail_room: production.incoming_email.password is a number; put it in quotes\n").to_stderr
  end

  it "makes text of Graph's ids that look like numbers, and leaves the rest of its options" do
    expect(read(inbox_options: { "tenant_id" => 12_345, "poll_interval" => 60, "client_id" => nil }))
      .to eq(inbox_options: { tenant_id: "12345", poll_interval: 60, client_id: nil })
  end

  it "has options of TLS with keys as JSON has them" do
    expect(read(ssl: { verify_mode: "none" })).to eq(ssl: { "verify_mode" => "none" })
  end

  it "leaves what it does not know to others" do
    expect(read(filter: { bounces: "skip" })).to eq(filter: { bounces: "skip" })
  end

  { { port: "imaps" } => "port must be a number from 1 to 65535",
    { port: 0 } => "port must be a number from 1 to 65535",
    { idle_timeout: -1 } => "idle_timeout must be a number, at least 1",
    { enabled: "maybe" } => "enabled must be true or false",
    { ssl: 5 } => "ssl must be true, false or a mapping",
    { password: 1.5 } => "password must be text; put it in quotes",
    { password: ["hunter2"] } => "password must be text; put it in quotes",
    { inbox_options: "hunter2" } => "inbox_options must be a mapping, not String",
    { inbox_options: { client_secret: 1.5 } } => "inbox_options.client_secret must be text; put it in quotes",
    { delivery_method: "webhok" } =>
      'delivery_method "webhok" is unknown (did you mean "webhook"?); available: sidekiq, webhook' }
    .each do |settings, problem|
      it "refuses #{settings} without telling a secret" do
        expect { read(**settings) }
          .to raise_error(MailRoom::ConfigurationError, "production.incoming_email.#{problem}")
      end
    end
end
