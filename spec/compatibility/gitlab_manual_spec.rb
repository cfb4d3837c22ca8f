# frozen_string_literal: true

require "json"
require "tempfile"

# The configurations of GitLab's manual (doc/administration/incoming_email.md), with passwords and ids put in, as
# gitlab.rb of the Linux package and as gitlab.yml. The manual has no gitlab.yml for Microsoft Graph.
RSpec.describe "the configurations of GitLab's manual", :gitlab_files do
  fixtures = File.expand_path("../fixtures/gitlab", __dir__)
  files = { "gitlab.rb" => "gitlab.rb", "gitlab.yml" => "config/gitlab.yml" }

  usual = { port: 993, ssl: true, start_tls: false, name: "inbox", idle_timeout: 60, delete_after_delivery: true,
            expunge_deleted: true, inbox_method: "imap" }
  graph = { email: "incoming@example.onmicrosoft.com", password: nil, host: nil, port: 143, ssl: false,
            expunge_deleted: false, delete_after_delivery: false, inbox_method: "microsoft_graph",
            address: "incoming+%{key}@example.onmicrosoft.com" }
  application = { tenant_id: "00000000-0000-0000-0000-000000000000",
                  client_id: "11111111-1111-1111-1111-111111111111", client_secret: "hunter2-graph",
                  poll_interval: 60 }

  # What stands there, and what holds where nothing does. With both forms alike, unless the name of one says otherwise.
  examples = {
    "postfix" => { address: "incoming+%{key}@gitlab.example.com", email: "incoming", password: "hunter2-postfix",
                   host: "gitlab.example.com", port: 143, ssl: false },
    "gmail" => { address: "gitlab-incoming+%{key}@gmail.com", email: "gitlab-incoming@gmail.com",
                 password: "hunter2-gmail", host: "imap.gmail.com" },
    "exchange_catch_all" => { address: "incoming-%{key}@exchange.example.com", email: "incoming@ad-domain.example.com",
                              password: "hunter2-exchange-catch-all", host: "exchange.example.com" },
    "exchange_dedicated" => { address: "incoming@exchange.example.com", email: "incoming@ad-domain.example.com",
                              password: "hunter2-exchange-dedicated", host: "exchange.example.com" },
    # The manual's gitlab.yml has a domain of its own, by a slip.
    "office365_sub_addressing" => { address: "incoming+%{key}@office365.example.com",
                                    email: "incoming@office365.example.com",
                                    password: "hunter2-office365-sub-addressing", host: "outlook.office365.com",
                                    "gitlab.yml" => { address: "incoming+%{key}@office365.example.comm",
                                                      email: "incoming@office365.example.comm" } },
    # Its gitlab.yml logs in by a principal name of another domain.
    "office365_catch_all" => { address: "incoming-%{key}@office365.example.com",
                               email: "incoming@office365.example.com", password: "hunter2-office365-catch-all",
                               host: "outlook.office365.com",
                               "gitlab.yml" => { email: "incoming@ad-domain.example.com" } },
    "office365_dedicated" => { address: "incoming@office365.example.com", email: "incoming@office365.example.com",
                               password: "hunter2-office365-dedicated", host: "outlook.office365.com" },
    "graph" => { **graph, inbox_options: application },
    "graph_us_government" => { **graph, inbox_options: { azure_ad_endpoint: "https://login.microsoftonline.us",
                                                         graph_endpoint: "https://graph.microsoft.us",
                                                         **application } },
    "credentials" => { address: "incoming-email+%{key}@mail.example.com", email: "incoming-email@mail.example.com",
                       password: "examplepassword", host: "mail.example.com", expunge_deleted: false }
  }

  # The default of the Linux package is the webhook, that of gitlab.yml is Sidekiq.
  workers = { "incoming_email" => "EmailReceiverWorker", "service_desk_email" => "ServiceDeskEmailReceiverWorker" }
  redis = { "gitlab.rb" => "unix:/var/opt/gitlab/redis/redis.socket", "gitlab.yml" => "redis://localhost:6381" }
  deliveries = {
    "gitlab.rb" => lambda do |type|
      { delivery_method: "postback",
        delivery_options: {
          delivery_url: "https://gitlab.example.com/api/v4/internal/mail_room/#{type}", content_type: "text/plain",
          jwt_auth_header: "Gitlab-Mailroom-Api-Request", jwt_issuer: "gitlab-mailroom", jwt_algorithm: "HS256",
          jwt_secret_path: "/opt/gitlab/embedded/service/gitlab-rails/.gitlab_#{type}_secret"
        } }
    end,
    "gitlab.yml" => lambda do |type|
      { delivery_method: "sidekiq",
        delivery_options: { redis_url: redis["gitlab.yml"], redis_db: 0, queue: "default",
                            worker: workers.fetch(type) } }
    end
  }

  expected = lambda do |name, form, type|
    example = examples.fetch(name)
    settings = { **usual, **example, **example.fetch(form, {}) }
    written = { arbitration_method: "redis",
                arbitration_options: { namespace: "mail_room:gitlab", redis_url: redis.fetch(form) },
                incoming_email: { address: settings[:address], host: "gitlab.example.com", mailbox_type: type } }
    { **settings.slice(*MailRoom::MAILBOX_FIELDS), **deliveries.fetch(form).call(type), **written }
  end

  # The package of a copy lies beside it, see GitLabFiles.
  def mailboxes(path)
    loaded = nil
    expect { loaded = MailRoom::Configuration.new(config_path: path).mailboxes }.not_to output.to_stderr
    loaded.map(&:to_h).each do |mailbox|
      mailbox[:delivery_options][:jwt_secret_path]&.sub!(File.dirname(path), "/opt/gitlab")
    end
  end

  # @return [Hash] what GitLab will do with the mail
  def explained(path, mail)
    told = Tempfile.create("mail") do |file|
      file.write(mail)
      file.flush
      capture { MailRoom::Explain.new(["-c", path, "--format", "json", file.path]).start }
    end
    JSON.parse(told, symbolize_names: true)
  end

  def capture
    stdout = $stdout
    $stdout = StringIO.new
    yield
    $stdout.string
  ensure
    $stdout = stdout
  end

  key = "4b1c9e77a2d04f6b8c3e5d7f90a1b2c3"

  examples.each_key do |name|
    files.each do |form, file|
      text = File.read(File.join(fixtures, name, file))

      it "are one mailbox: #{name} as #{form}" do
        with_gitlab_file(form, text) do |path|
          expect(mailboxes(path)).to match([a_hash_including(expected[name, form, "incoming_email"])])
        end
      end

      it "are one mailbox of the Service Desk: #{name} as #{form}" do
        with_gitlab_file(form, text.gsub("incoming_email", "service_desk_email")) do |path|
          expect(mailboxes(path)).to match([a_hash_including(expected[name, form, "service_desk_email"])])
        end
      end

      it "have an address that mail finds: #{name} as #{form}" do
        address = expected[name, form, "incoming_email"].dig(:incoming_email, :address)
        header = address.include?("%{key}") ? "To" : "References"
        mail = "From: ann@example.org\nTo: #{address.sub('%{key}', key)}\n" \
               "References: <reply-#{key}@gitlab.example.com> <1@example.org>\n\nHello\n"
        with_gitlab_file(form, text) do |path|
          expect(explained(path, mail))
            .to include(mailbox: "incoming_email", header: header, mail_key: key, handler: "create_note")
        end
      end
    end
  end

  files.each do |form, file|
    it "are two mailboxes where Service Desk has one of its own, as #{form}" do
      with_gitlab_file(form, File.read(File.join(fixtures, "service_desk", file))) do |path|
        desk = { **expected["gmail", form, "service_desk_email"], email: "gitlab-support@gmail.com",
                                                                  password: "hunter2-support" }
        desk[:incoming_email] = { **desk[:incoming_email], address: "gitlab-support+%{key}@gmail.com" }
        expect(mailboxes(path))
          .to match([a_hash_including(expected["gmail", form, "incoming_email"]), a_hash_including(desk)])
      end
    end

    it "log where GitLab does, as #{form}" do
      path = File.join(fixtures, "gmail", file)
      log = form == "gitlab.rb" ? "/var/log/gitlab/mailroom" : File.join(fixtures, "gmail/log")
      expect(MailRoom::GitLab::Installation.read(path).mailboxes)
        .to match([a_hash_including(logger: { log_path: "#{log}/mail_room_json.log" })])
    end

    it "ask for the ids where the manual has <YOUR-TENANT-ID>, as #{form}" do
      text = File.read(File.join(fixtures, "graph", file)).sub(/0{8}[-0]+/, "<YOUR-TENANT-ID>")
      with_gitlab_file(form, text) do |path|
        expect { MailRoom::Configuration.new(config_path: path) }
          .to raise_error(MailRoom::ConfigurationError, /tenant_id must be a tenant's id/)
      end
    end
  end

  # Where each form has the key, and the encrypted file.
  {
    "gitlab.rb" => ["gitlab-secrets.json", { gitlab_rails: { encrypted_settings_key_base: "k" * 32 } }, "."],
    "gitlab.yml" => ["secrets.yml", { "production" => { "encrypted_settings_key_base" => "k" * 32 } },
                     "../shared/encrypted_settings"]
  }.each do |form, (secrets, content, folder)|
    it "have their credentials in an encrypted file, as #{form}" do
      text = File.read(File.join(fixtures, "credentials_encrypted", files.fetch(form)))
      with_gitlab_file(form, text) do |path|
        beside = File.dirname(path)
        File.write(File.join(beside, secrets), JSON.generate(content)) # which is YAML, too
        folder = FileUtils.mkdir_p(File.expand_path(folder, beside)).first
        MailRoom::GitLab::EncryptedFile.new(File.join(folder, "incoming_email.yaml.enc"), key: "k" * 32)
                                       .write("user: 'incoming-email@mail.example.com'\npassword: 'examplepassword'\n")
        expect(mailboxes(path)).to match([a_hash_including(expected["credentials", form, "incoming_email"])])
      end
    end
  end

  it "are what docker-compose.yml has in GITLAB_OMNIBUS_CONFIG" do
    compose = YAML.safe_load_file(File.join(fixtures, "docker/docker-compose.yml"))
    with_gitlab_rb(compose.dig("services", "gitlab", "environment", "GITLAB_OMNIBUS_CONFIG")) do |path|
      expect(mailboxes(path)).to match([a_hash_including(expected["credentials", "gitlab.rb", "incoming_email"])])
    end
  end
end
