// SPDX-License-Identifier: Apache-2.0

import java.io.InputStream;
import java.net.InetAddress;
import javax.net.ssl.SSLContext;
import org.subethamail.smtp.MessageContext;
import org.subethamail.smtp.auth.EasyAuthenticationHandlerFactory;
import org.subethamail.smtp.auth.LoginFailedException;
import org.subethamail.smtp.helper.SimpleMessageListener;
import org.subethamail.smtp.server.SMTPServer;

/** A server of SubEthaSMTP from 5 on: ADDRESS VARIANT. */
class SubEthaSmtp5 {
    static class Alice implements SimpleMessageListener {
        public boolean accept(String from, String recipient) {
            return recipient.toLowerCase().endsWith("@lab.test");
        }

        public void deliver(String from, String recipient, InputStream data) throws java.io.IOException {
            data.readAllBytes();
        }
    }

    static void login(String user, String password, MessageContext context) throws LoginFailedException {
        if (!user.equals("alice") || !password.equals("wonderland")) {
            throw new LoginFailedException();
        }
    }

    public static void main(String[] arguments) throws Exception {
        var builder = SMTPServer.port(25)
                .bindAddress(InetAddress.getByName(arguments[0]))
                .hostName("mail.lab.test")
                .simpleMessageListener(new Alice());
        switch (arguments[1]) {
            case "altered" -> builder.softwareName("Postfix").enableTLS().startTlsSocketFactory(SSLContext.getDefault());
            case "hardened" -> builder.softwareName("ready").maxMessageSize(1000000).maxRecipients(10);
            default -> builder.enableTLS().startTlsSocketFactory(SSLContext.getDefault())
                    .authenticationHandlerFactory(new EasyAuthenticationHandlerFactory(SubEthaSmtp5::login));
        }
        builder.build().start();
    }
}
