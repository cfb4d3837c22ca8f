# frozen_string_literal: true

require "fileutils"
require "tmpdir"

RSpec.describe MailRoom::GitLab::Rb do
  around { |example| Dir.mktmpdir { |folder| (@folder = folder) && example.run } }

  before { stub_const("ENV", ENV.to_h.except(*MailRoom::GitLab::Installation::ENVIRONMENT)) }

  attr_reader :folder

  let(:usual) do
    <<~RUBY
      external_url 'https://gitlab.example.com'
      gitlab_rails['incoming_email_enabled'] = true
      gitlab_rails['incoming_email_address'] = "incoming+%{key}@gitlab.example.com"
      gitlab_rails['incoming_email_email'] = "incoming"
      gitlab_rails['incoming_email_password'] = "hunter2"
      gitlab_rails['incoming_email_host'] = "imap.example.com"
    RUBY
  end

  # Where an administrator may have it besides.
  def moved
    "gitlab_rails['dir'] = '#{folder}/var'\npackage['install-dir'] = '#{folder}/opt'\n"
  end

  def write(name, text)
    path = File.join(folder, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
    path
  end

  def rb(text)
    described_class.new(write("etc/gitlab.rb", text))
  end

  def mailbox(more = "")
    rb(usual + more).mailboxes.first
  end

  it "has the package's defaults" do
    expect(mailbox).to eq(
      host: "imap.example.com", port: 143, ssl: false, start_tls: false, email: "incoming", password: "hunter2",
      name: "inbox", idle_timeout: 60, logger: { log_path: "/var/log/gitlab/mailroom/mail_room_json.log" },
      delete_after_delivery: true, expunge_deleted: false, inbox_method: "imap", delivery_method: "postback",
      delivery_options: {
        delivery_url: "https://gitlab.example.com/api/v4/internal/mail_room/incoming_email",
        content_type: "text/plain", jwt_auth_header: "Gitlab-Mailroom-Api-Request", jwt_issuer: "gitlab-mailroom",
        jwt_algorithm: "HS256",
        jwt_secret_path: "/opt/gitlab/embedded/service/gitlab-rails/.gitlab_incoming_email_secret"
      },
      arbitration_method: "redis",
      arbitration_options: { redis_url: "unix:/var/opt/gitlab/redis/redis.socket", namespace: "mail_room:gitlab" },
      incoming_email: { address: "incoming+%{key}@gitlab.example.com", host: "gitlab.example.com",
                        mailbox_type: "incoming_email" }
    )
  end

  it "knows the package's names" do
    set = { mailbox_name: "GitLab", log_file: "/var/log/a.json", delivery_method: "sidekiq", start_tls: true, port: 143,
            ssl: false, idle_timeout: 30, delete_after_delivery: false, expunge_deleted: true, auth_token: "hunter2" }
    text = set.map { |name, value| "gitlab_rails['incoming_email_#{name}'] = #{value.inspect}\n" }.join

    expect(mailbox(text)).to include(
      name: "GitLab", logger: { log_path: "/var/log/a.json" }, start_tls: true, idle_timeout: 30,
      delete_after_delivery: false, expunge_deleted: true, delivery_method: "sidekiq",
      delivery_options: { redis_url: "unix:/var/opt/gitlab/redis/redis.socket", redis_db: 0, queue: "default",
                          worker: "EmailReceiverWorker" }
    )
  end

  it "does not take gitlab.yml's names for the package's, and says what is meant" do
    { "mailbox" => "mailbox_name", "user" => "email", "pasword" => "password" }.each do |wrong, right|
      told = "unknown key gitlab_rails['incoming_email_#{wrong}'], did you mean " \
             "gitlab_rails['incoming_email_#{right}']?"
      expect { expect(mailbox("gitlab_rails['incoming_email_#{wrong}'] = 'a'\n")[:name]).to eq("inbox") }
        .to output("mail_room: #{folder}/etc/gitlab.rb: #{told}\n").to_stderr
    end
  end

  it "has two mailboxes when Service Desk has one of its own" do
    both = rb("#{usual}#{usual.gsub('incoming_email', 'service_desk_email')}")

    expect(both.mailboxes.map { |mailbox| mailbox.dig(:incoming_email, :mailbox_type) })
      .to eq(%w[incoming_email service_desk_email])
    expect(both.mailboxes_by_place.keys)
      .to eq(%w[incoming_email service_desk_email].map { |name| "gitlab_rails['#{name}_...']" })
  end

  it "takes a file with the password, and this gem's other settings" do
    expect(mailbox("gitlab_rails['incoming_email_password'] = nil\n" \
                   "gitlab_rails['incoming_email_password_file'] = '/run/secrets/imap'\n" \
                   "gitlab_rails['incoming_email_filter'] = { 'bounces' => 'skip' }\n"))
      .to include(password: nil, password_file: "/run/secrets/imap", filter: { "bounces" => "skip" })
  end

  it "follows the folder of the log" do
    expect(mailbox("mailroom['log_directory'] = '/srv/log'\n")[:logger]).to eq(log_path: "/srv/log/mail_room_json.log")
  end

  { "opt/embedded/service/gitlab-rails/.gitlab_incoming_email_secret" => "in the Rails root",
    "var/etc/gitlab_incoming_email_secret" => "where the package keeps it" }.each do |name, where|
    it "finds the webhook's secret #{where}" do
      path = write(name, "a")
      expect(mailbox(moved).dig(:delivery_options, :jwt_secret_path)).to eq(path)
    end
  end

  it "names the setting that is wrong, and never its value" do
    expect { mailbox("gitlab_rails['incoming_email_port'] = 'hunter2'\n") }.to raise_error(
      MailRoom::ConfigurationError, "gitlab_rails['incoming_email_port'] must be a number from 1 to 65535"
    )
    expect { rb(usual.sub(/^external_url.*$/, "")).mailboxes }.to raise_error(
      MailRoom::ConfigurationError, "external_url is missing, which delivery_method webhook needs"
    )
  end

  it "warns of settings of a mailbox in another section, such as a misspelled one" do
    expect { rb("gitlab_rial['incoming_email_enabled'] = true\nmailroom['incoming_email_auth_token'] = 'a'\n") }
      .to output("mail_room: #{folder}/etc/gitlab.rb: gitlab_rial['incoming_email_enabled'] is passed over, did you " \
                 "mean gitlab_rails?\n").to_stderr
  end

  it "says what makes the webhook's secret, where there is none" do
    path = write("etc/gitlab.rb", "#{usual}gitlab_rails['incoming_email_log_file'] = '/dev/null'\n#{moved}")

    expect { MailRoom::Configuration.new(config_path: path) }.to raise_error(
      MailRoom::ConfigurationError,
      /: gitlab_rails\['incoming_email_secret_file'\], a file that gitlab-ctl reconfigure makes, cannot be used/
    )
  end

  it "names the user that is missing as it is named there" do
    expect { rb(usual.sub(/^.*incoming_email_email.*$/, "")).mailboxes }
      .to raise_error(MailRoom::ConfigurationError, /\Agitlab_rails\['incoming_email_email'\] is missing: /)
  end

  it "is in production, unless the environment says otherwise" do
    expect(rb("").environment).to eq("production")
    stub_const("ENV", ENV.to_h.merge("RAILS_ENV" => "test"))
    expect(rb("").environment).to eq("test")
  end

  describe "encrypted credentials" do
    def encrypt(key)
      path = write("var/shared/encrypted_settings/incoming_email.yaml.enc", "")
      File.unlink(path)
      MailRoom::GitLab::EncryptedFile.new(path, key: key).write("user: other\npassword: encrypted\n")
    end

    it "open with the key of gitlab-secrets.json beside it" do
      write("etc/gitlab-secrets.json", JSON.generate(gitlab_rails: { encrypted_settings_key_base: "k" * 64 }))
      encrypt("k" * 64)

      expect(mailbox(moved)).to include(email: "other", password: "encrypted")
    end

    it "open with a key of its own" do
      encrypt("o" * 64)

      expect(mailbox("#{moved}gitlab_rails['encrypted_settings_key_base'] = 'o' * 64\n"))
        .to include(password: "encrypted")
    end

    { "" => "/var/opt/gitlab/gitlab-rails/shared/encrypted_settings/incoming_email.yaml.enc",
      "gitlab_rails['shared_path'] = '/mnt'" => "/mnt/encrypted_settings/incoming_email.yaml.enc",
      "gitlab_rails['encrypted_settings_path'] = '/safe'" => "/safe/incoming_email.yaml.enc" }.each do |text, path|
      it "lie in #{path} with #{text.inspect}" do
        expect(rb(text).encrypted_path(:incoming_email)).to eq(path)
      end
    end
  end
end
