# frozen_string_literal: true

require "open3"
require "support/rspec"
require "support/graph_helpers"

# What an operator asks before the first mail, and when none comes.
RSpec.describe "mail_room check", :graph, :integration do
  let(:folder) { Servers::Folder.new("check").tap { |made| disposables << made } }
  let(:secret) { folder.write("secret", "#{['k' * 32].pack('m0')}\n") }
  # A mailbox that speaks TLS, as GitLab reads it, and a GitLab that takes what is posted.
  let(:section) do
    { "enabled" => true, "address" => "#{inbox.user}+%{key}@incoming.example.com", "user" => inbox.user,
      "password" => inbox.password, "host" => "localhost", "port" => dovecot.ports[:imaps], "ssl" => true,
      "log_path" => folder.join("log.json"), "delivery_method" => "webhook", "gitlab_url" => web.url(""),
      "secret_file" => secret }
  end

  # @return [Array] what it printed, and its exit status
  def check(*arguments, env: {}, chdir: MailRoomProcess::ROOT)
    env = { "SSL_CERT_FILE" => certificates.ca_file, "MAIL_ROOM_GITLAB_CONFIG_FILE" => nil, **env }
    command = [RbConfig.ruby, "-I#{File.join(MailRoomProcess::ROOT, 'lib')}",
               File.join(MailRoomProcess::ROOT, "exe/mail_room"), "check", *arguments]
    output, errors, status = Open3.capture3(env, *command, chdir: chdir)
    [output.force_encoding("UTF-8"), errors, status.exitstatus]
  end

  # @return [Hash{String => String}] outcomes by checks; those with an advice that are not wrong end with "!"
  def outcomes(*arguments, **options)
    found(*arguments, **options).to_h do |finding|
      [finding["check"], "#{finding['outcome']}#{'!' if finding['advice'] && finding['outcome'] != 'no'}"]
    end
  end

  # @return [Array<Hash>]
  def found(*arguments, **options)
    output, errors, = check(*arguments, "--format", "json", **options)
    expect(errors).to eq("")
    output.lines.map { |line| JSON.parse(line) }
  end

  # @return [Hash] the finding of one check
  def finding(name, *arguments, **options)
    found(*arguments, **options).find { |one| one["check"] == name }
  end

  def configure(*mailboxes)
    folder.write("mail_room.yml", YAML.dump({ mailboxes: mailboxes }))
  end

  def gitlab_yml(**changes)
    production = { "gitlab" => { "host" => "gitlab.example.com" },
                   "incoming_email" => section.merge(changes.transform_keys(&:to_s)) }
    folder.write("config/resque.yml", YAML.dump({ "production" => { "url" => redis.url } }))
    folder.write("config/gitlab.yml", YAML.dump({ "production" => production }))
  end

  it "says yes to GitLab's own configuration, and what it saw" do
    gitlab_yml
    output, errors, status = check(chdir: folder.path)
    expect([errors, status]).to eq(["", 0])
    expect(output).to start_with("Configuration\n  Configuration can be used? ... yes " \
                                 "(config/gitlab.yml, section production, 1 mailbox)\n\n\"inbox\" of user-")
    expect(output).to include("TLS certificate is trusted? ... yes (TLSv1.3").and include("Nothing is wrong: ")
    expect(output).to not_include(" no (").and not_include("warning").and not_include("\e")
    expect(output.scan(/^  (\S.*\?) \.\.\. (?:yes|skipped)/).size).to eq(output.scan(" ... ").size)
    expect(web.requests.map(&:path)).to eq(["/api/v4/internal/mail_room/incoming_email"])
    expect([inbox.count, File.exist?(section.fetch("log_path"))]).to eq([0, false])
  end

  it "tells programs the same, with stable names" do
    expect(outcomes("-c", gitlab_yml).to_a).to eq(
      %w[configuration imap.resolve imap.connect imap.tls imap.auth imap.login imap.select imap.flags imap.uidplus
         imap.idle webhook.connect webhook.tls webhook.request arbitration.redis arbitration.role address.placeholder
         address.length address.routing address.domain settings]
        .map { |name| [name, name == "webhook.tls" ? "skipped" : "yes"] }
    )
    expect(found("-c", gitlab_yml).map(&:keys)).to all(eq(%w[mailbox name check outcome detail advice]))
  end

  it "has words for people for every check" do
    output, = check("-c", gitlab_yml)
    expect(output.scan(/^  (.*) \.\.\. /).flatten).to all(end_with("?"))
  end

  it "sends and writes nothing with --read-only" do
    dovecot.record(inbox.user)
    expect(outcomes("-c", gitlab_yml, "--read-only"))
      .to include("imap.idle" => "skipped", "webhook.request" => "skipped")
    expect([web.requests, redis.client.keys]).to eq([[], []])
    expect(dovecot.commands(inbox.user).join("\n")).not_to match(/APPEND|STORE|EXPUNGE/)
  end

  it "tells of a password that is wrong, without it" do
    output, errors, status = check("-c", gitlab_yml(password: "wrong-hunter2"))
    expect([errors, status]).to eq(["", 1])
    expect(output).to match(/IMAP server credentials are correct\? \.\.\. no \(.*AUTHENTICATIONFAILED.*\)\n    \S/)
    expect(output).to include("skipped (needs: IMAP server credentials are correct)").and not_include("hunter2")
  end

  it "tells of certificates that cannot be trusted, and of one for another host" do
    { expired: /expired/, wrong_host: /mail\.example\.com/ }.each do |name, reason|
      server = own(Servers::Dovecot.new(certificate: certificates.public_send(name)))
      told = finding("imap.tls", "-c", gitlab_yml(port: server.ports[:imaps]))
      expect(told).to include("outcome" => "no", "detail" => reason, "advice" => String)
    end
    expect(finding("imap.tls", "-c", gitlab_yml, env: { "SSL_CERT_FILE" => nil })).to include("outcome" => "no")
  end

  it "tells of a Redis that is a replica, and of one that is not there" do
    replica = own(Servers::Redis.new(replica_of: redis))
    config = configure(settings(delivery: { redis_url: replica.url },
                                arbitration_method: "redis",
                                arbitration_options: { redis_url: "redis://127.0.0.1:#{Servers::Ports.free}" }))
    expect(outcomes("-c", config)).to include("sidekiq.redis" => "yes", "sidekiq.role" => "no",
                                              "arbitration.redis" => "no", "arbitration.role" => "skipped")
  end

  it "tells of a queue that nobody works on" do
    worker = File.join(MailRoomProcess::ROOT, "spec/fixtures/programs/worker.rb")
    own(Servers::Sidekiq.new(redis_url: redis.url, require: worker))
    taken, lost = %w[default mailers].map do |queue|
      finding("sidekiq.workers", "-c", configure(settings(delivery: { queue: queue })))
    end
    expect([taken["outcome"], lost["outcome"]]).to eq(%w[yes no])
    expect(lost.values_at("detail", "advice").join).to include("mailers")
  end

  it "tells of a webhook that refuses the token, or does not answer" do
    web.decide { { status: 401, body: "" } }
    expect(finding("webhook.request", "-c", gitlab_yml)).to include("outcome" => "no", "detail" => /401/)
    expect(finding("webhook.connect", "-c", gitlab_yml(gitlab_url: "http://127.0.0.1:#{Servers::Ports.free}")))
      .to include("outcome" => "no", "detail" => /refused/)
  end

  describe "on Microsoft Graph" do
    it "asks for a token and the folder" do
      config = configure(on_graph(delivery_method: "noop"))
      expect(outcomes("-c", config)).to include("graph.token" => "yes", "graph.folder" => "yes")
    end

    it "tells what is wrong, without the secret" do
      config = configure(on_graph(options: { client_secret: "wrong-hunter2" }, delivery_method: "noop"),
                         on_graph(name: "nowhere", delivery_method: "noop"))
      told = found("-c", config).map { |one| one.values_at("name", "check", "outcome") }
      expect(told).to include(%w[inbox graph.token no], %w[inbox graph.folder skipped],
                              %w[nowhere graph.token yes], %w[nowhere graph.folder no])
      expect(check("-c", config).join).not_to include("hunter2")
    end
  end

  it "goes on with the other mailboxes when one is wrong, or out of reach, and prints them in order" do
    config = configure(settings(port: Servers::Ports.free), settings(new_inbox, port: "frob"),
                       settings(new_inbox, delivery_method: "noop", delivery: {}))
    told = found("-c", config)
    expect(told.map { |one| one["mailbox"] }.uniq.size).to eq(3) # that of the file is null
    expect(told.first).to include("check" => "configuration", "outcome" => "no", "detail" => /mailboxes\[1\].*port/)
    expect(told.select { |one| one["check"] == "imap.login" }.map { |one| one["outcome"] }).to eq(%w[skipped yes])
  end

  it "checks only what it is asked for" do
    config = configure(settings(port: Servers::Ports.free, delivery_method: "noop"),
                       settings(new_inbox, name: "Support", delivery_method: "noop"))
    expect(found("-c", config, "--email", inbox.user).map { |one| one["name"] }.uniq).to eq([nil, "INBOX"])
    expect(found("-c", config, "--name", "Support").map { |one| one["name"] }.uniq).to eq([nil, "Support"])
    expect(check("-c", config, "--name", "Nothing")).to match([/no mailbox of Nothing/, "", 1])
    both = ["--email", inbox.user, "--name", "Support"]
    expect(finding("configuration", "-c", config, *both).fetch("outcome")).to eq("yes")
    expect(found("-c", config, *both).last["detail"]).to end_with("no mailbox of #{inbox.user} and Support")
  end

  it "tells of each mailbox it is asked for that is not there, beside one that is" do
    config = configure(settings(port: Servers::Ports.free, delivery_method: "noop"))
    told = found("-c", config, "--email", "typo", "--email", inbox.user, "--name", "INBOX", "--name", "other")
    wrong = told.select { |one| one["check"] == "configuration" && one["outcome"] == "no" }
    expect(wrong.map { |one| one.fetch("detail")[/no mailbox of .*/] })
      .to eq(["no mailbox of typo", "no mailbox of other"])
    expect(wrong.map { |one| one.fetch("advice") }).to all(eq(%(There is "INBOX" of #{inbox.user})))
    expect(told.last["name"]).to eq("INBOX")
  end

  it "tells that an address is two mailboxes', and where one stands that is not known" do
    incoming_email = { address: "in+%{key}@incoming.example.com" }
    config = configure(*[inbox, new_inbox].map { |one| settings(one, incoming_email: incoming_email) },
                       settings(new_inbox))
    told = found("-c", config).select { |one| one["check"].start_with?("address") }
    expect(told.count { |one| one["check"] == "address.unique" && one["outcome"] == "no" }).to eq(2)
    expect(told.last).to include("check" => "address", "outcome" => "skipped", "advice" => /gitlab\.yml/)
  end

  it "ends at once at Ctrl-C, whether a server or a mail server does not answer" do
    deaf = own(Servers::Front.new(nil))
    deaf.misbehave { |_client| sleep }
    [[settings(port: deaf.port), []],
     [settings(delivery_method: "noop"), ["--send-via", "smtp://127.0.0.1:#{deaf.port}", "--from", "a@example.com"]]]
      .each.with_index(1) do |(mailbox, arguments), count|
        mailbox = { incoming_email: { address: "in@example.com" }, **mailbox }
        process = launch({ mailboxes: [mailbox] }, command: [*MailRoomProcess::COMMAND, "check"], arguments: arguments)
        process.wait_until(what: "the connection") { deaf.connections >= count }
        process.int
        expect(process.exit_status).to eq(130)
      end
  end

  describe "--send-via", skip: Servers::Postfix.impossible do
    let(:server) do
      own(Servers::Dovecot.new(lmtp: true)).add_user("incoming", "s3cret").add_user("other", "s3cret")
    end
    let(:postfix) do
      own(Servers::Postfix.new(lmtp: server.ports[:lmtp], mailboxes: %w[incoming@mx.example.com other@mx.example.com],
                               catch_all: { "all.example.com" => "incoming@mx.example.com" }))
    end

    def address(text)
      configure(settings(server.inbox("incoming"), delivery_method: "noop",
                                                   incoming_email: { address: text, host: "gitlab.example.com" }))
    end

    def send_to(text, *arguments)
      found("-c", address(text), "--send-via", "smtp://127.0.0.1:#{postfix.port}", *arguments)
        .select { |one| %w[sending arrival address.routing].include?(one["check"]) }
    end

    it "sends a message to each kind of address, and takes it out of the mailbox again" do
      told = send_to("incoming+%{key}@mx.example.com")
      expect(told.map { |one| one.values_at("check", "outcome") }).to eq([%w[sending yes], %w[arrival yes]])
      expect(told.first["detail"]).to match(/incoming\+mail-room-check-\h{16}@mx\.example\.com/)
      ["in-%{key}@all.example.com", "incoming@mx.example.com"].each do |text|
        expect(send_to(text).map { |one| one["outcome"] }).to eq(%w[yes yes])
      end
      expect(server.inbox("incoming").count).to eq(0)
    end

    it "tells when it does not come, or is not taken, and what may be the reason" do
      told = send_to("other+%{key}@mx.example.com", "--wait", "1", "--from", "me@example.com").last
      expect(told).to include("outcome" => "no", "advice" => /sub-addressing.*mailbox of other@mx\.example\.com/)
      expect(server.inbox("other").subjects).to eq(["Check of mail_room"])

      sending, arrival = send_to("nobody+%{key}@mx.example.com")
      expect(sending).to include("outcome" => "no", "detail" => /550 5\.1\.1/)
      expect(arrival).to include("outcome" => "skipped", "detail" => "needs sending")
    end

    it "sends nothing where the mailbox cannot be opened" do
      config = configure(settings(delivery_method: "noop", password: "wrong"))
      expect(found("-c", config, "--send-via", "smtp://127.0.0.1:#{Servers::Ports.free}").last)
        .to include("check" => "sending", "outcome" => "skipped", "detail" => /needs imap\.(login|select)/)
    end
  end
end
