# frozen_string_literal: true

RSpec.describe MailRoom::GitLab::Section do
  let(:redis) { MailRoom::GitLab::Redis.new({ url: "redis://:pw@r:1/2", db: 3 }) }
  let(:written) { { "enabled" => true, "address" => "in@example.com", "user" => "in", "host" => "h" } }

  def section(**others)
    described_class.new("incoming_email", written.merge(others.transform_keys(&:to_s)),
                        root: "/srv/gitlab", place: ->(key) { ["incoming_email", key].compact * "." })
  end

  def mailbox(host: "gitlab.example.com", **others)
    section(**others).mailbox(redis: redis, host: host)
  end

  it "has GitLab's defaults" do
    expect(mailbox).to eq(
      host: "h", port: 143, ssl: false, start_tls: false, email: "in", password: nil, name: "inbox", idle_timeout: 60,
      logger: { log_path: "/srv/gitlab/log/mail_room_json.log" }, delete_after_delivery: true, expunge_deleted: false,
      delivery_method: "sidekiq",
      delivery_options: { redis_url: "redis://:pw@r:1/2", redis_db: 3, queue: "default",
                          worker: "EmailReceiverWorker" },
      arbitration_method: "redis",
      arbitration_options: { redis_url: "redis://:pw@r:1/2", namespace: "mail_room:gitlab" },
      incoming_email: { address: "in@example.com", host: "gitlab.example.com", mailbox_type: "incoming_email" }
    )
  end

  it "has them also for keys without a value" do
    expect(mailbox(port: nil, mailbox: nil, delete_after_delivery: nil))
      .to include(port: 143, name: "inbox", delete_after_delivery: true)
  end

  it "lets its own worker and queue be written" do
    expect(mailbox(worker: "Other", queue: "mailers")[:delivery_options]).to include(worker: "Other", queue: "mailers")
  end

  it "knows GitLab's word for the webhook, and where a relative secret lies" do
    expect(mailbox(delivery_method: "webhook", gitlab_url: "http://g", secret_file: ".secret"))
      .to include(delivery_method: "postback",
                  delivery_options: a_hash_including(jwt_secret_path: "/srv/gitlab/.secret"))
  end

  it "takes what only this gem has, and a file with the password below the root" do
    expect(mailbox(password_file: "config/imap_password", filter: { "bounces" => "skip" }, max_attempts: 3))
      .to include(password_file: "/srv/gitlab/config/imap_password", filter: { "bounces" => "skip" }, max_attempts: 3)
  end

  it "has every key of this gem's that means something for a mailbox of GitLab's" do
    own = MailRoom::MAILBOX_FIELDS.drop(MailRoom::MAILBOX_FIELDS.index(:auth_method))
    expect(own - described_class::OWN_KEYS).to eq(%i[delivery_username delivery_password incoming_email])
  end

  { { enabled: false } => false, { address: "" } => false, { address: nil } => false, {} => true,
    { enabled: "false" } => false }.each do |others, enabled|
    it "is #{'not ' unless enabled}enabled with #{others}" do
      expect(section(**others).enabled?).to be(enabled)
    end
  end

  it "is not looked at while it is not enabled" do
    expect(section(enabled: false, port: "imaps")).not_to be_enabled
  end

  # GitLab takes any.
  it "loads with an address that no mail can be explained for, and says so" do
    ["incoming", " ", "%{key}"].each do |address|
      mailbox = nil
      expect { mailbox = mailbox(address: address, password: "hunter2") }
        .to output("mail_room: incoming_email.address is none that mail can be explained for, so the log will not " \
                   "tell what each is\n").to_stderr
      expect(mailbox).to include(email: "in").and(not_include(:incoming_email))
      expect(MailRoom::Mailbox.new(mailbox).email).to eq("in")
    end
  end

  it "leaves out a host that can be none" do
    expect(mailbox(host: "h" * 3000)[:incoming_email])
      .to eq(address: "in@example.com", mailbox_type: "incoming_email")
  end

  it "refuses a path in a home nobody has" do
    expect { mailbox(log_path: "~no-such-user/log") }
      .to raise_error(MailRoom::ConfigurationError, "incoming_email.log_path is no path of a file")
  end

  it "is printed without its password" do
    expect(section(password: "hunter2").inspect).to eq("#<MailRoom::GitLab::Section>")
  end
end
