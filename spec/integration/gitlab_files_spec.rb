# frozen_string_literal: true

require "json"
require "open3"
require "openssl"
require "support/rspec"

# The daemon with nothing but the files that an administrator of GitLab has.
RSpec.describe "GitLab's own files", :integration, :postback do
  let(:folder) { Servers::Folder.new("gitlab").tap { |made| disposables << made } }
  let(:desk) { new_inbox }
  let(:secret) { ["k" * 32].pack("m0") }

  def write(name, text)
    parts = File.dirname(name).split("/").reject { |part| part == "." }
    parts.each_index { |last| folder.mkdir(*parts[0..last]) unless File.directory?(folder.join(*parts[0..last])) }
    folder.write(name, text)
    folder.join(name)
  end

  def start(path, **options)
    launch(nil, config_path: path, **options)
  end

  # @return [String] a section of a gitlab.yml
  def section(name, inbox, **others)
    settings = { enabled: true, address: "#{name}+%{key}@gitlab.example.com", user: inbox.user, host: inbox.host,
                 password: inbox.password, port: inbox.port, log_path: "log/mail_room_json.log", **others }
    "  #{name}: #{JSON.generate(settings)}\n"
  end

  # @return [String] the path of a gitlab.yml whose Rails root is the folder
  def gitlab_yml(*sections)
    folder.mkdir("log")
    write("config/resque.yml", "production: <%= '#{redis.url(db: 2)}' %>\n")
    write("config/gitlab.yml", "production: &base\n  gitlab: { host: gitlab.example.com }\n#{sections.join}\n" \
                               "development:\n  <<: *base\n")
  end

  # @return [String] the path of a gitlab.rb
  def gitlab_rb(**settings)
    given = { enabled: true, address: "incoming+%{key}@gitlab.example.com", email: inbox.user,
              password: inbox.password, host: inbox.host, port: inbox.port, delete_after_delivery: false, **settings }
    lines = given.map { |name, value| "gitlab_rails['incoming_email_#{name}'] = #{value.inspect}\n" }
    write("etc/gitlab.rb", <<~RUBY)
      external_url #{web.url.sub(%r{(?<=\d)/.*}, '').inspect}
      gitlab_rails['dir'] = '#{folder.path}'
      gitlab_rails['redis_socket'] = #{redis.socket.inspect}
      mailroom['log_directory'] = '#{folder.path}'
      nginx['listen_https'] = false
      #{lines.join}
    RUBY
  end

  def jobs(count)
    processes.last.wait_until(15, what: "#{count} jobs") { redis.job_count("default", db: 2) == count }
    redis.jobs("default", db: 2).to_h { |job| [job["class"], Mails.number(job["args"].first)] }
  end

  # @return [Servers::Web::Request] the first, after its token was checked as GitLab checks it
  def signed_request
    request = wait_for_requests.first
    signed, _, signature = request.headers.fetch("gitlab-mailroom-api-request").rpartition(".")
    expected = OpenSSL::HMAC.digest("SHA256", "k" * 32, signed)
    expect([signature.tr("-_", "+/").unpack1("m"), request.headers["content-type"]]).to eq([expected, "text/plain"])
    request
  end

  def log
    File.exist?(folder.join("log/mail_room_json.log")) ? JsonLog.new(folder.join("log/mail_room_json.log")).lines : []
  end

  it "are enough with gitlab.yml: mail of both mailboxes becomes jobs" do
    inbox.append(Mails.small(1))
    desk.append(Mails.small(2))
    start(gitlab_yml(section("incoming_email", inbox), section("service_desk_email", desk)),
          env: { "RAILS_ENV" => "production" })

    expect(jobs(2)).to eq("EmailReceiverWorker" => 1, "ServiceDeskEmailReceiverWorker" => 2)
    processes.last.wait_until(what: "lines of both in the log") do
      log.filter_map { |line| line.dig("context", "email") }.uniq.sort == [inbox.user, desk.user].sort
    end
    # GitLab's default.
    processes.last.wait_until(what: "the mail to be deleted") do
      inbox.flags.values.flatten.include?(:Deleted)
    end
    expect(processes.last.everything).not_to include(inbox.password)
  end

  it "are enough with gitlab.yml and credentials that are encrypted" do
    inbox.append(Mails.small(1))
    path = gitlab_yml(section("incoming_email", inbox, user: "nobody", password: nil))
    write("config/secrets.yml", "production:\n  encrypted_settings_key_base: #{'a' * 64}\n")
    encrypted = write("shared/encrypted_settings/incoming_email.yaml.enc", "")
    File.unlink(encrypted)
    MailRoom::GitLab::EncryptedFile.new(encrypted, key: "a" * 64)
                                   .write("user: #{inbox.user}\npassword: #{inbox.password}\n")
    start(path, env: { "RAILS_ENV" => "production" })

    expect(jobs(1)).to eq("EmailReceiverWorker" => 1)
  end

  it "are enough with gitlab.yml and a password in a file below the Rails root" do
    inbox.append(Mails.small(1))
    write("config/imap_password", "#{inbox.password}\n")
    start(gitlab_yml(section("incoming_email", inbox, password: nil, password_file: "config/imap_password")),
          env: { "RAILS_ENV" => "production" })

    expect(jobs(1)).to eq("EmailReceiverWorker" => 1)
  end

  it "are enough with gitlab.yml and the webhook, whose secret lies below the Rails root" do
    inbox.append(Mails.small(1))
    write(".gitlab_incoming_email_secret", "#{secret}\n")
    start(gitlab_yml(section("incoming_email", inbox, delivery_method: "webhook", delete_after_delivery: false,
                                                      gitlab_url: web.url.sub(%r{(?<=\d)/.*}, ""),
                                                      secret_file: ".gitlab_incoming_email_secret")),
          env: { "RAILS_ENV" => "production" })

    expect(signed_request.path).to eq("/api/v4/internal/mail_room/incoming_email")
    wait_for_marks
  end

  it "are enough with gitlab.rb: mail goes to GitLab's webhook" do
    inbox.append(Mails.small(1))
    write("etc/gitlab_incoming_email_secret", "#{secret}\n")
    start(gitlab_rb)

    expect(signed_request.path).to eq("/api/v4/internal/mail_room/incoming_email")
    wait_for_marks
  end

  it "are enough with gitlab.rb and Sidekiq, by Redis' socket" do
    inbox.append(Mails.small(1))
    start(gitlab_rb(delivery_method: "sidekiq"))

    expect_delivered(1)
    expect(redis.jobs.first).to include("class" => "EmailReceiverWorker", "queue" => "default")
  end

  it "are told of when something in them is wrong" do
    start(gitlab_yml(section("incoming_email", inbox, port: "imaps")), env: { "RAILS_ENV" => "production" })

    expect(processes.last.exit_status).to eq(1)
    expect(processes.last.stderr).to include(
      "#{processes.last.config_path}: production.incoming_email.port must be a number from 1 to 65535"
    )
    expect(processes.last.everything).not_to include(inbox.password)
  end

  it "have one mailbox watched when the other is wrong, with --quiet" do
    inbox.append(Mails.small(1))
    start(gitlab_yml(section("incoming_email", inbox), section("service_desk_email", desk, port: "imaps")),
          env: { "RAILS_ENV" => "production" }, arguments: ["--quiet"])

    expect(jobs(1)).to eq("EmailReceiverWorker" => 1)
    expect(processes.last.stdout).to include("production.service_desk_email.port must be")
  end

  %w[gitlab.yml gitlab.rb].each do |name|
    it "tell explain the addresses: #{name}, without any file with a secret" do
      write("config/secrets.yml", "<% raise 'read' %>")
      files = { "gitlab.rb" => -> { gitlab_rb },
                "gitlab.yml" => -> { gitlab_yml(section("incoming_email", inbox)) } }
      path = files.fetch(name).call
      write("config/resque.yml", "<% raise 'read' %>")
      address = name == "gitlab.rb" ? "incoming" : "incoming_email"
      mail = "From: a@example.com\nTo: #{address}+0123456789abcdef0123456789abcdef@gitlab.example.com\n\nHello\n"
      told, errors, status = Open3.capture3(*MailRoomProcess::COMMAND, "explain", "--format", "json", "-c", path, "-",
                                            stdin_data: mail, chdir: MailRoomProcess::ROOT)

      expect([errors, status.exitstatus]).to eq(["", 0])
      expect(JSON.parse(told)).to include("mailbox" => "incoming_email", "handler" => "create_note")
    end
  end
end
