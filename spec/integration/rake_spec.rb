# frozen_string_literal: true

require "support/rake_project"
require "support/rspec"
require "yaml"

# What an administrator types, in a project that has GitLab's files and no GitLab.
RSpec.describe "rake gitlab:incoming_email:check", :integration do
  let(:folder) { Servers::Folder.new("rake").tap { |made| disposables << made }.join }
  let(:project) { RakeProject.new(folder) }
  let(:key) { "0123456789abcdef" }

  # @param written [Hash] keys of incoming_email
  def gitlab(**written)
    mailbox = { enabled: true, address: "incoming+%{key}@example.com", user: inbox.user, password: inbox.password,
                host: inbox.host, port: inbox.port, log_path: File.join(folder, "mail_room.log") }.merge(written)
    settings = { encrypted_settings: { path: folder }, incoming_email: mailbox.compact }
    project.write("config/gitlab.yml", YAML.dump(JSON.parse(JSON.generate(production: settings))))
    project.write("config/secrets.yml", "production:\n  encrypted_settings_key_base: #{key}\n")
  end

  # @return [String] what it prints, and nothing but that
  def check(*words)
    output, *others = project.rake("gitlab:incoming_email:check", *words)
    expect(others).to eq(["", 0])
    output
  end

  # Of the checks that ask about this machine nothing is said: others may run mail_room on it.
  def expect_login(answer, output = check)
    expect(output).to start_with(<<~TEXT).and match(/^Mailroom enabled\? \.\.\. .*^MailRoom running\? \.\.\. /m)
      Checking Incoming Email ...

      Incoming Email: ... Checking Reply by email ...

      IMAP server credentials are correct? ... Checking #{inbox.user}
      #{answer}
    TEXT
  end

  it "passes" do
    gitlab
    expect_login("yes")
    expect(check).to end_with("\n\nChecking Reply by email ... Finished\n\n\nChecking Incoming Email ... Finished\n\n")
  end

  it "fails with GitLab's text when the password is wrong, and does not tell it" do
    gitlab(password: "wr0ng-hunter2")
    output = check
    expect_login("no\n  Try fixing it:", output)
    expect(output).to match(/^  An error occurred: MailRoom::Error: #{inbox.user}: .*/)
      .and include("\n  Check that the information in config/gitlab.yml is correct\n")
    expect(output).not_to include("hunter2")
  end

  it "passes with encrypted credentials, which GitLab prefers" do
    gitlab(password: "wrong", user: nil)
    encrypted = "user: #{inbox.user}\npassword: #{inbox.password}\n"
    expect(project.rake("gitlab:incoming_email:secret:write", input: encrypted).last).to eq(0)
    expect_login("yes")

    project.write("config/secrets.yml", "production:\n  encrypted_settings_key_base: another key of 16\n")
    expect(check).to include("Couldn't decrypt #{folder}/incoming_email.yaml.enc. Perhaps you passed the wrong key?")
  end

  it "takes config/mail_room.yml, which may need the application" do
    gitlab(password: "wrong")
    project.write("Rakefile", "require 'mail_room/tasks'\ntask(:environment) { Password = #{inbox.password.dump} }\n")
    mailbox = YAML.dump(mailboxes: [settings.merge(password: "PASSWORD")])
    project.write("config/mail_room.yml", mailbox.sub("PASSWORD", "<%= Password %>"))
    expect_login("yes")
  end

  it "changes nothing in the mailbox" do
    gitlab
    inbox.append(Mails.small(1))
    check
    expect([inbox.flags, inbox.unseen]).to eq([{ 1 => [] }, 1])
  end
end
